import Storage
import StorageSQLite

/// The database as one life of the server sees it: it may be slow, refuse, or crash the server before or after a
/// commit. What it holds outlives that life.
struct FaultyDatabase: Database {
    let engine: SQLiteDatabase
    let life: ServerLife
    /// Looks at each commit before it is made.
    let watch: Watch?
    let isForgetful: Bool

    func transaction<Result: Sendable>(
        _ mode: TransactionMode, _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        try await life.enterTransaction()
        let result = try await perform(mode, body)
        try await life.leaveTransaction()
        return result
    }

    private func perform<Result: Sendable>(
        _ mode: TransactionMode, _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        do {
            return try await engine.transaction(mode) { connection in
                let result = try body(connection)
                guard case .write = mode, let watch else { return result }
                if let finding = try watch.finding(on: connection) { life.put(.violation(finding)) }
                if isForgetful, life.randomBits() % 50 == 0 { throw Forgotten(result: result) }
                return result
            }
        } catch let forgotten as Forgotten<Result> {
            return forgotten.result
        }
    }
}

/// A canary: a commit that is acknowledged and not kept.
private struct Forgotten<Result: Sendable>: Error {
    let result: Result
}
