import Synchronization

/// Work that several may want at once and that is done once: whoever comes while it goes on shares its outcome, and whoever
/// comes later has it done anew.
final class SharedWork<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let going = Mutex<[Key: Task<Value, Never>]>([:])

    /// - Parameter work: goes on even if nobody waits for it any more.
    func value(of key: Key, _ work: @escaping @Sendable () async -> Value) async -> Value {
        let task = going.withLock { going in
            if let task = going[key] { return task }
            let task = Task {
                let value = await work()
                // By the work itself: one of those who wait would take away what others have begun meanwhile.
                self.going.withLock { $0[key] = nil }
                return value
            }
            going[key] = task
            return task
        }
        return await task.value
    }
}

extension SharedWork {
    /// The same for work that may fail; then it has failed for all who share it.
    func value<Success>(
        of key: Key, _ work: @escaping @Sendable () async throws -> Success
    ) async throws -> Success where Value == Result<Success, any Error> {
        try await value(of: key) {
            do { return .success(try await work()) } catch { return .failure(error) }
        }.get()
    }
}
