import Synchronization

/// What has arrived: filled by the socket's thread, emptied by one consumer, who always gets all that is there.
/// When it is full, the thread stops reading until the consumer has come.
final class Inbox<Item: Parcel>: Sendable {
    private struct State {
        var items: [Item] = []
        var bytes = 0
        var consumer: CheckedContinuation<[Item]?, Never>?
        /// The socket's thread does not read, because of us: whoever makes room must wake it.
        var isReadingPaused = false
        var isFinished = false
    }

    private let state = Mutex(State())
    private let limit: Int
    private let wakeUp: WakeUp

    init(limit: Int, wakeUp: WakeUp) {
        self.limit = limit
        self.wakeUp = wakeUp
    }

    /// Whether the thread may read on. If not, it is woken when it may.
    func hasRoom() -> Bool {
        state.withLock { state in
            state.isReadingPaused = state.bytes >= limit
            return !state.isReadingPaused
        }
    }

    func deposit(_ batch: [Item], bytes: Int) {
        let consumer: CheckedContinuation<[Item]?, Never>? = state.withLock { state in
            if let consumer = state.consumer.take() { return consumer }
            state.bytes += bytes
            if state.items.isEmpty { state.items = batch } else { state.items += batch }
            return nil
        }
        consumer?.resume(returning: batch)
    }

    /// Nothing more will come; what is there may still be taken.
    func finish() {
        let consumer = state.withLock { state in
            state.isFinished = true
            return state.consumer.take()
        }
        consumer?.resume(returning: nil)
    }

    /// Waits until something is there and takes it all.
    /// - Returns: Nil when the socket has closed and all is taken, or when the caller's task is cancelled.
    func next(isolation: isolated (any Actor)?) async -> [Item]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation(isolation: isolation) { consumer in
                if let answer = answerNow(or: consumer) { consumer.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.consumer.take() }?.resume(returning: nil)
        }
    }

    /// What to tell the consumer at once; `nil` if it is to wait, `.some(nil)` if there is nothing to wait for.
    private func answerNow(or consumer: CheckedContinuation<[Item]?, Never>) -> [Item]?? {
        let (answer, mustWake): ([Item]??, Bool) = state.withLock { state in
            // A cancellation that came before this lock found no consumer to tell.
            if Task.isCancelled { return (.some(nil), false) }
            if state.items.isEmpty {
                if state.isFinished { return (.some(nil), false) }
                precondition(state.consumer == nil, "Only one task at a time may wait for a socket's messages.")
                state.consumer = consumer
                return (nil, false)
            }
            var taken: [Item] = []
            swap(&taken, &state.items)
            state.bytes = 0
            defer { state.isReadingPaused = false }
            return (taken, state.isReadingPaused)
        }
        if mustWake { wakeUp.signal() }
        return answer
    }
}
