import Storage

@testable import StorageSQLite

/// The database as one life of the server sees it: it may be slow, refuse, or crash the server before or after a
/// commit. What it holds outlives that life.
struct FaultyDatabase: Database {
    let engine: SQLiteDatabase
    let life: ServerLife
    /// Looks at each commit before it is made.
    let watch: Watch?
    /// A canary: some commits are acknowledged and not kept.
    let isForgetful: Bool

    func transaction<Result: Sendable>(
        _ mode: TransactionMode, _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        try await life.enterTransaction()
        let result = try perform(mode, body)
        try await life.leaveTransaction()
        return result
    }

    /// On the caller's thread: to wait for the writer's would take longer than the transaction, and what commits
    /// together with what is not the question here.
    private func perform<Value: Sendable>(
        _ mode: TransactionMode, _ body: @Sendable (any Connection) throws -> Value
    ) throws -> Value {
        try engine.writerLane.performNow { connection in
            Result {
                switch mode {
                case .read: try connection.readOnly(body)
                case .write: try write(body, on: connection)
                }
            }
        }.get()
    }

    private func write<Value>(
        _ body: (any Connection) throws -> Value, on connection: SQLiteConnection
    ) throws -> Value {
        try connection.control("BEGIN IMMEDIATE")
        do {
            let value = try body(connection)
            if let finding = try watch?.finding(on: connection) { life.put(.violation(finding)) }
            let isForgotten = isForgetful && life.randomBits() % 50 == 0
            try connection.control(isForgotten ? "ROLLBACK" : "COMMIT")
            return value
        } catch {
            if connection.isInTransaction { try connection.control("ROLLBACK") }
            throw error
        }
    }
}
