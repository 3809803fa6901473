import Synchronization

/// Work that several want at once and that is done once. It goes on when those who wait for it are cancelled.
///
/// (Its result is handed over by continuations. With Swift 6.3, to await the value of a task breaks the allocator of the
/// task that awaits it where that has waited for a transfer before: "freed pointer was not the last allocation".)
final class SharedWork<Key: Hashable & Sendable, Outcome: Sendable>: Sendable {
    private let waiting = Mutex<[Key: [CheckedContinuation<Outcome, Never>]]>([:])

    /// The result of the work under way for a key, which `work` does if there is none.
    func result(of key: Key, _ work: @escaping @Sendable () async -> Outcome) async -> Outcome {
        await withCheckedContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                let isFirst = waiting[key] == nil
                waiting[key, default: []].append(continuation)
                return isFirst
            }
            if isFirst { Task { finish(key, await work()) } }
        }
    }

    private func finish(_ key: Key, _ outcome: Outcome) {
        for continuation in waiting.withLock({ $0.removeValue(forKey: key) ?? [] }) {
            continuation.resume(returning: outcome)
        }
    }
}
