import Synchronization

/// What waits to be sent: filled by any thread, emptied by the socket's. Bounded in bytes.
final class Outbox<Item: Parcel>: Sendable {
    private struct State {
        var items: [Item] = []
        /// Bytes accepted and not yet handed to libzmq, also of what the socket's thread has taken out.
        var bytes = 0
        /// The socket's thread sleeps, or is about to: the next item must wake it. One wake-up serves a whole burst.
        var isParked = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limit: Int
    private let wakeUp: WakeUp

    init(limit: Int, wakeUp: WakeUp) {
        self.limit = limit
        self.wakeUp = wakeUp
    }

    var isClosed: Bool {
        state.withLock { $0.isClosed }
    }

    func append(_ item: Item) throws(ZeroMQError) {
        let cost = item.cost
        let mustWake = try state.withLock { state throws(ZeroMQError) in
            if state.isClosed { throw .closed }
            if state.bytes + cost > limit { throw .sendQueueFull(limit: limit) }
            state.items.append(item)
            state.bytes += cost
            defer { state.isParked = false }
            return state.isParked
        }
        if mustWake { wakeUp.signal() }
    }

    /// Refuses all further items and wakes the thread.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.signal()
    }

    /// Takes all that waits.
    func take() -> [Item] {
        state.withLock { state in
            state.isParked = false
            var taken: [Item] = []
            swap(&taken, &state.items)
            return taken
        }
    }

    /// Gives back the bytes of what was taken and has left.
    func release(_ bytes: Int) {
        state.withLock { $0.bytes -= bytes }
    }

    /// Says that the thread is going to sleep until an item comes.
    /// - Returns: False if one is there already.
    func park() -> Bool {
        state.withLock { state in
            state.isParked = state.items.isEmpty
            return state.isParked
        }
    }
}
