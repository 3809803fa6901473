import Storage
import Synchronization

/// The one writer, and the bodies that wait for it.
///
/// What has queued up when the writer is free is one group: one transaction and one sync to disk for all of it, each
/// body in a savepoint of its own. Callers are answered, in their order, after the commit.
final class GroupCommit: Sendable {
    /// How long a group may work before it commits: what waits behind it is not to wait for over 100 ms.
    static let longestGroup: Duration = .milliseconds(20)

    private struct State {
        var waiting: [PendingWrite] = []
        var isScheduled = false
        var isClosed = false
        var groups = 0
        var bodies = 0
    }

    private let lane: Lane
    private let stopwatch: Stopwatch
    private let state = Mutex(State())

    init(on lane: Lane, _ stopwatch: @escaping Stopwatch) {
        self.lane = lane
        self.stopwatch = stopwatch
    }

    /// Groups committed, bodies in them, and bodies that wait now.
    var counts: (groups: Int, bodies: Int, waiting: Int) {
        state.withLock { ($0.groups, $0.bodies, $0.waiting.count) }
    }

    /// Whether nothing runs and nothing waits.
    var isIdle: Bool { state.withLock { !$0.isScheduled } }

    /// Runs `body` in a transaction that is committed when this returns. A cancelled caller is served all the same.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            submit(PendingWrite(body, answering: continuation))
        }
    }

    /// Refuses what comes from now on. What waits already is served.
    func close() { state.withLock { $0.isClosed = true } }

    private func submit(_ write: PendingWrite) {
        enum Next { case nothing, schedule, refuse }
        let next: Next = state.withLock { state in
            if state.isClosed { return .refuse }
            state.waiting.append(write)
            defer { state.isScheduled = true }
            return state.isScheduled ? .nothing : .schedule
        }
        switch next {
        case .nothing: break
        case .schedule: schedule()
        case .refuse: write.fail(SQLiteFailure.closed)
        }
    }

    /// One group at a time, so that a checkpoint gets its turn between two.
    private func schedule() {
        lane.submit { [self] connection in
            let group = state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            let rest = commit(group[...], on: connection)
            let isDone = state.withLock { state in
                state.waiting.insert(contentsOf: rest, at: 0)
                state.isScheduled = !state.waiting.isEmpty
                return state.waiting.isEmpty
            }
            if !isDone { schedule() }
        }
    }
}

// MARK: - A group

extension GroupCommit {
    /// Commits as much of `group` as its time allows, and answers it.
    ///
    /// - Returns: what is left for the next group.
    private func commit(_ group: ArraySlice<PendingWrite>, on connection: SQLiteConnection) -> ArraySlice<PendingWrite>
    {
        do {
            try connection.control("BEGIN IMMEDIATE")
        } catch {
            for write in group { write.fail(error) }
            return []
        }
        let attempts = attempt(group, on: connection)
        let tried = group.prefix(attempts.count)
        let isLost = !connection.isInTransaction
        if isLost || !end(attempts, on: connection) { retry(tried, attempts, on: connection) }
        return group.dropFirst(attempts.count)
    }

    /// Runs one body after the other until the time is up, or until SQLite has given up the transaction.
    private func attempt(_ group: ArraySlice<PendingWrite>, on connection: SQLiteConnection) -> [PendingWrite.Attempt] {
        let started = stopwatch()
        var attempts: [PendingWrite.Attempt] = []
        attempts.reserveCapacity(group.count)
        for write in group {
            attempts.append(group.count == 1 ? write.attempt(connection) : write.attemptInSavepoint(connection))
            guard connection.isInTransaction, stopwatch() - started < Self.longestGroup else { break }
        }
        return attempts
    }

    /// Commits, and answers each caller.
    ///
    /// - Returns: false, with nobody answered, when the bodies are to be tried again one by one: a constraint that is
    ///   checked at the commit does not say whose it is.
    private func end(_ attempts: [PendingWrite.Attempt], on connection: SQLiteConnection) -> Bool {
        let kept = attempts.count { $0.isKept }
        var failure: StorageError?
        do {
            try connection.control(kept == 0 ? "ROLLBACK" : "COMMIT")
        } catch {
            failure = error
            if connection.isInTransaction { _ = try? connection.control("ROLLBACK") }
        }
        if case .constraint = failure, attempts.count > 1 { return false }
        if failure == nil, kept > 0 {
            state.withLock { state in
                state.groups += 1
                state.bodies += kept
            }
        }
        for attempt in attempts { attempt.answer(failure) }
        return true
    }

    /// After the loss of a group's transaction: whoever failed hears of it, the others run again, each alone.
    private func retry(
        _ group: ArraySlice<PendingWrite>, _ attempts: [PendingWrite.Attempt], on connection: SQLiteConnection
    ) {
        for (write, attempt) in zip(group, attempts) {
            guard attempt.isKept else {
                attempt.answer(nil)
                continue
            }
            if group.count == 1 {
                attempt.answer(.unavailable("SQLite gave up the transaction"))
            } else {
                _ = commit([write], on: connection)
            }
        }
    }
}
