/// Does something until it is done or somebody presses ctrl-C.
///
/// - Returns: nothing if it was interrupted; what was being done has then been cancelled.
func untilInterrupted<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value? {
    let interruptions = Surroundings.current.interruptions()
    return try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            for await _ in interruptions { return nil }
            // The stream ended without an interruption, since the other was done first.
            throw CancellationError()
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}
