import Storage
import Synchronization

/// A body that waits for a reader, and its caller.
struct PendingRead: Sendable {
    /// Runs the body on the lane's connection and answers the caller.
    let run: @Sendable (SQLiteConnection, Lane) -> Void
    /// Tells the caller that its body has not run.
    let fail: @Sendable (any Error) -> Void

    init<Value: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Value, _ cancellation: ReadCancellation,
        answering caller: CheckedContinuation<Value, any Error>
    ) {
        run = { connection, lane in
            guard cancellation.begin(on: lane) else { return caller.resume(throwing: CancellationError()) }
            let outcome = Result { try connection.snapshot(body) }
            let wasCancelled = cancellation.end()
            connection.resume()
            if wasCancelled, case .failure = outcome {
                caller.resume(throwing: CancellationError())
            } else {
                caller.resume(with: outcome)
            }
        }
        fail = { caller.resume(throwing: $0) }
    }
}

/// Stops a read whose caller has gone, and never the one that follows it on the same connection.
final class ReadCancellation: Sendable {
    private struct State {
        var isCancelled = false
        var lane: Lane?
    }

    private let state = Mutex(State())

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.lane?.stop()
        }
    }

    /// - Returns: false when it is too late to begin.
    func begin(on lane: Lane) -> Bool {
        state.withLock { state in
            state.lane = lane
            return !state.isCancelled
        }
    }

    /// - Returns: whether it was cancelled. It cannot be any more.
    func end() -> Bool {
        state.withLock { state in
            state.lane = nil
            return state.isCancelled
        }
    }
}
