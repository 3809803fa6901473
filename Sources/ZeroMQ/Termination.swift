import Synchronization

/// The end of a socket's thread, to be waited for by any number of tasks.
final class Termination: Sendable {
    private struct State {
        var hasCome = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Waits however long it takes, also in a cancelled task: the linger bounds it.
    func wait() async {
        await withCheckedContinuation { waiter in
            let hasCome = state.withLock { state in
                if !state.hasCome { state.waiters.append(waiter) }
                return state.hasCome
            }
            if hasCome { waiter.resume() }
        }
    }

    func signal() {
        let waiters = state.withLock { state in
            state.hasCome = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
