import Storage
import Synchronization

/// The connections that read, and the bodies that wait for one of them.
final class Readers: Sendable {
    private struct State {
        var idle: [Lane]
        var waiting: [PendingRead] = []
        var isClosed = false
    }

    private let lanes: [Lane]
    private let state: Mutex<State>

    init(_ lanes: [Lane]) {
        self.lanes = lanes
        state = Mutex(State(idle: lanes))
    }

    /// Runs `body` on a consistent view.
    ///
    /// - Throws: what `body` throws; `CancellationError` when the caller's task is cancelled, even while a statement
    ///   runs.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        let cancellation = ReadCancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit(PendingRead(body, cancellation, answering: continuation))
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// Refuses what comes from now on, and closes each connection after what it does at the moment.
    func close() throws(StorageError) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isClosed = true
            return state.waiting
        }
        for read in waiting { read.fail(SQLiteFailure.closed) }
        for lane in lanes { try lane.close() }
    }

    private func submit(_ read: PendingRead) {
        let (isClosed, lane): (Bool, Lane?) = state.withLock { state in
            if state.isClosed { return (true, nil) }
            if let lane = state.idle.popLast() { return (false, lane) }
            state.waiting.append(read)
            return (false, nil)
        }
        if isClosed { read.fail(SQLiteFailure.closed) }
        if let lane { start(read, on: lane) }
    }

    private func start(_ read: PendingRead, on lane: Lane) {
        lane.submit { [self] connection in
            var next: PendingRead? = read
            while let read = next {
                read.run(connection, lane)
                next = state.withLock { state in
                    guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
                    state.idle.append(lane)
                    return nil
                }
            }
        }
    }
}
