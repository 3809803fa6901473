import Dispatch
import Synchronization

@testable import Storage
@testable import StorageSQLite

extension Schema {
    /// A schema of `tables` in one step per table.
    static func of(_ tables: String...) -> Schema {
        Schema(
            migrations: tables.enumerated().map { index, table in
                Migration(version: index + 1, name: "step \(index + 1)") { _ in [table] }
            })
    }

    static let numbers = Schema.of("CREATE TABLE number (value BIGINT PRIMARY KEY, note TEXT)")
}

extension SQLiteDatabase {
    func numbers() async throws -> [Int] {
        try await transaction(.read) { connection in
            try connection.run("SELECT value FROM number ORDER BY value").map { try $0.count() }
        }
    }

    func insert(_ number: Int) async throws {
        try await transaction(.write) { try $0.insert(number) }
    }

    /// Occupies the writer until the answer's `open` is called, so that what comes meanwhile is one group.
    func holdWriter() async throws -> Gate {
        let gate = Gate()
        let entered = Gate()
        gate.holder = Task {
            try await transaction(.write) { _ in
                entered.open()
                gate.wait()
            }
        }
        await entered.passed()
        return gate
    }

    /// Waits until `count` bodies wait for the writer.
    func waitUntilQueued(_ count: Int) async {
        while writer.counts.waiting < count { await Task.yield() }
    }

    /// Queues `bodies` in their order as one group.
    func group(
        _ bodies: [@Sendable (any Connection) throws -> Void]
    ) async throws -> [Result<Void, any Error>] {
        let gate = try await holdWriter()
        var callers: [Task<Void, any Error>] = []
        for (index, body) in bodies.enumerated() {
            callers.append(Task { try await self.transaction(.write, body) })
            await waitUntilQueued(index + 1)
        }
        try await gate.release()
        var outcomes: [Result<Void, any Error>] = []
        for caller in callers { outcomes.append(await caller.result) }
        return outcomes
    }
}

extension Storage.Connection {
    func insert(_ number: Int) throws(StorageError) {
        _ = try run("INSERT INTO number (value) VALUES ($1)", .integer(Int64(number)))
    }
}

extension Result where Failure == any Error {
    var error: StorageError? {
        guard case .failure(let error) = self else { return nil }
        return error as? StorageError
    }
    var isSuccess: Bool { (try? get()) != nil }
}

/// Holds one thread, or tasks, until somebody opens it.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var tasks: [CheckedContinuation<Void, Never>] = []
        var holder: Task<Void, any Error>?
    }

    private let semaphore = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    /// Who stands at it.
    var holder: Task<Void, any Error>? {
        get { state.withLock { $0.holder } }
        set { state.withLock { $0.holder = newValue } }
    }

    func open() {
        semaphore.signal()
        let tasks = state.withLock { state in
            state.isOpen = true
            return state.tasks
        }
        for task in tasks { task.resume() }
    }

    /// Blocks the thread: for the bodies of transactions.
    func wait() { semaphore.wait() }

    /// Suspends the task.
    func passed() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.tasks.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Opens it and waits for who stood there.
    func release() async throws {
        open()
        try await holder?.value
    }
}
