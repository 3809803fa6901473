import Synchronization

/// Carries a streamed body from the task that produces it to the thread that sends it.
///
/// Two buffers: the producer fills one, the sender empties the other, and they are exchanged when the sender runs dry.
/// So small writes cost one lock and no system call.
final class RequestPipe: Sendable {
    /// What the sender got.
    enum Supply {
        case bytes(Int)
        /// Nothing yet: the sender sleeps, and `wake` is called when there is something.
        case empty
        case end
        case failed(any Error)
    }

    private enum Ending {
        case complete
        case failed(any Error)
        /// Nobody reads any more.
        case closed
    }

    private struct State {
        var filling: [UInt8] = []
        var draining: [UInt8] = []
        var drained = 0
        var ending: Ending?
        var senderSleeps = false
        var producer: CheckedContinuation<Void, Never>?
    }

    /// Bytes kept ready for the sender before the producer has to wait.
    private static let room = 256 * 1024

    private let state = Mutex(State())
    private let wake: @Sendable () -> Void

    /// - Parameter wake: told that a sleeping sender has something to read.
    init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
    }

    // MARK: The producer

    /// Appends bytes; false if the producer should call ``waitForRoom()`` before the next ones.
    func append(_ bytes: some Sequence<UInt8>) -> Bool {
        let (hasRoom, mustWake) = state.withLock { state in
            guard state.ending == nil else { return (false, false) }
            state.filling.append(contentsOf: bytes)
            return (state.filling.count < Self.room, Self.rouse(&state))
        }
        if mustWake { wake() }
        return hasRoom
    }

    /// Waits until the sender has taken what is there.
    func waitForRoom() async throws(CancellationError) {
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                guard state.ending == nil, state.filling.count >= Self.room else { return false }
                state.producer = continuation
                return true
            }
            if !mustWait { continuation.resume() }
        }
        if state.withLock({ $0.ending != nil }) {
            throw CancellationError()
        }
    }

    /// Ends the body; with an error it is cut off. The first ending counts.
    func finish(throwing error: (any Error)? = nil) {
        let mustWake = state.withLock { state in
            state.ending = state.ending ?? error.map(Ending.failed) ?? .complete
            return Self.rouse(&state)
        }
        if mustWake { wake() }
    }

    // MARK: The sender

    /// Fills `target` with what is there, as far as it goes.
    func read(into target: UnsafeMutableRawBufferPointer) -> Supply {
        let (supply, producer) = state.withLock { state -> (Supply, CheckedContinuation<Void, Never>?) in
            var producer: CheckedContinuation<Void, Never>?
            if state.drained == state.draining.count {
                producer = Self.exchange(&state)
            }
            return (Self.take(&state, into: target), producer)
        }
        producer?.resume()
        return supply
    }

    /// Nobody reads any more: whoever produces is told so.
    func close() {
        let producer = state.withLock { state in
            state.ending = .closed
            state.filling = []
            return state.producer.take()
        }
        producer?.resume()
    }

    private static func rouse(_ state: inout State) -> Bool {
        defer { state.senderSleeps = false }
        return state.senderSleeps
    }

    private static func exchange(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        state.draining.removeAll(keepingCapacity: true)
        state.drained = 0
        swap(&state.filling, &state.draining)
        return state.producer.take()
    }

    private static func take(_ state: inout State, into target: UnsafeMutableRawBufferPointer) -> Supply {
        let rest = state.draining[state.drained...]
        if rest.isEmpty {
            switch state.ending {
            case nil:
                state.senderSleeps = true
                return .empty
            case .complete: return .end
            case .failed(let error): return .failed(error)
            case .closed: return .failed(CancellationError())
            }
        }
        // A failed body is cut off at once: what is still to be sent would be of no use.
        if case .failed(let error) = state.ending { return .failed(error) }
        let count = min(rest.count, target.count)
        target.copyBytes(from: rest.prefix(count))
        state.drained += count
        return .bytes(count)
    }
}
