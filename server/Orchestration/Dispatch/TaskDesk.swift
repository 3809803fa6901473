public import Domain
import Storage
import Synchronization

/// Where processes that serve tasks sit and are handed the task runs that wait for them.
///
/// What waits, and that somebody has it, is in the database; here is only who is being handed what at the moment.
public final class TaskDesk: Sendable {
    private struct Desk {
        var last = 0
        var seats: [Int: TaskSeat] = [:]
        var handed: [ID<TaskRun>: Int] = [:]
    }

    private let desk = Mutex(Desk())

    public init() {}

    /// The processes that are there.
    public var seats: [TaskSeat] { desk.withLock { $0.seats.values.sorted { $0.number < $1.number } } }

    /// Gives a process a seat.
    public func open(keys: [String], client: String, at now: Timestamp) -> TaskSeat {
        desk.withLock { desk in
            desk.last += 1
            let seat = TaskSeat(number: desk.last, keys: keys, client: client, since: now)
            desk.seats[desk.last] = seat
            return seat
        }
    }

    /// The process has gone: what it was being handed may be handed to others.
    public func close(_ seat: TaskSeat) {
        desk.withLock { desk in
            desk.seats[seat.number] = nil
            desk.handed = desk.handed.filter { $0.value != seat.number }
        }
    }

    /// The client did not get it: another may.
    public func takeBack(_ task: ID<TaskRun>, from seat: TaskSeat) {
        desk.withLock { if $0.handed[task] == seat.number { $0.handed[task] = nil } }
    }

    var handed: Set<ID<TaskRun>> { desk.withLock { Set($0.handed.keys) } }

    /// Sees to it that nobody else is handed the task run.
    ///
    /// - Returns: whether nobody has been.
    func reserve(_ task: ID<TaskRun>, for seat: TaskSeat) -> Bool {
        desk.withLock { desk in
            guard desk.handed[task] == nil else { return false }
            desk.handed[task] = seat.number
            return true
        }
    }
}

/// A process that serves some tasks, as long as it is connected.
public struct TaskSeat: Sendable, Hashable {
    /// No other seat has it.
    public let number: Int
    /// The tasks that the process serves.
    public let keys: [String]
    /// What the process calls itself.
    public let client: String
    public let since: Timestamp
}

extension Orchestrator {
    /// The next task run for a process that serves tasks. Waits until there is one; nil when the task is cancelled.
    public func nextScheduledTask(for seat: TaskSeat) async throws -> TaskRun? {
        let keys = Set(seat.keys)
        while !Task.isCancelled {
            // From before anything is read: what comes meanwhile is heard of.
            let notices = bulletin.notices(limit: 1) { notice in
                guard case .taskRunsChanged(let tasks) = notice else { return false }
                return tasks.contains { $0.isDeferred && keys.contains($0.taskKey) }
            }
            let (now, handed) = (now, taskDesk.handed)
            let (task, due) = try await database.read { store in
                let task = try store.deferredTaskRun(ofTasks: seat.keys, dueBy: now, besides: handed)
                return (task, try task == nil ? store.nextDeferredDue(ofTasks: seat.keys, after: now) : nil)
            }
            if let task {
                if taskDesk.reserve(task.id, for: seat) { return task }
            } else {
                await Self.wait(for: notices, atMost: due.map { max($0 - now, .zero) })
            }
        }
        return nil
    }

    /// Another process may leave, or the clock may be set: it is looked again after a while, whatever happens.
    private static let longestWait: Duration = .seconds(5)

    private static func wait(for notices: AsyncStream<Notice>, atMost time: Duration?) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in notices { return } }
            group.addTask { try? await Task.sleep(for: min(time ?? longestWait, longestWait)) }
            await group.next()
            group.cancelAll()
        }
    }

    /// How long after a process has gone others are handed what it was handed: it may come back, or have begun.
    private static let returnDelay: Duration = .seconds(60)

    /// A process that serves tasks comes.
    public func seat(keys: [String], client: String) async throws -> TaskSeat {
        let seat = taskDesk.open(keys: keys, client: client, at: now)
        try await database.write { try $0.keepHanded(to: client) }
        return seat
    }

    /// It has gone.
    public func leave(_ seat: TaskSeat) async throws {
        taskDesk.close(seat)
        guard !taskDesk.seats.contains(where: { $0.client == seat.client }) else { return }
        let time = now + Self.returnDelay
        try await database.write { try $0.returnHanded(to: seat.client, from: time) }
    }

    /// The process has the task run: from now on it tells of it by events.
    public func handOver(_ id: ID<TaskRun>, to seat: TaskSeat) async throws {
        defer { taskDesk.takeBack(id, from: seat) }
        try await database.write { try $0.handOver(id, to: seat.client) }
    }

    /// Whoever was handed something before the server started comes back, or others are handed it. Called when a server
    /// starts.
    public func returnHandedTasks() async throws {
        let time = now + Self.returnDelay
        try await database.write { try $0.returnHanded(to: nil, from: time) }
    }
}
