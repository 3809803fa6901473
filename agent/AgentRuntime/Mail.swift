import Synchronization

/// Things handed from anywhere to one consumer, who gets all that is there at once.
final class Mail<Item: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var consumer: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func post(_ item: Item) {
        let consumer = state.withLock { state in
            state.items.append(item)
            return state.consumer.take()
        }
        consumer?.resume()
    }

    /// What is there now.
    func take() -> [Item] {
        state.withLock { state in
            defer { state.items = [] }
            return state.items
        }
    }

    /// Waits until something is there; a cancelled task gets nothing.
    func next(isolation: isolated (any Actor)? = #isolation) async -> [Item] {
        let here = take()
        guard here.isEmpty else { return here }
        await withTaskCancellationHandler {
            await withCheckedContinuation(isolation: isolation) { consumer in
                let isDue = state.withLock { state in
                    if !state.items.isEmpty || Task.isCancelled { return true }
                    state.consumer = consumer
                    return false
                }
                if isDue { consumer.resume() }
            }
        } onCancel: {
            state.withLock { $0.consumer.take() }?.resume()
        }
        return take()
    }
}
