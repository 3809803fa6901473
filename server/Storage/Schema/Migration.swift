/// One step of the schema. Steps are applied in order, once each, when a server opens its database; a step that has
/// been released is never changed.
public struct Migration: Sendable {
    public let version: Int
    public let name: String
    /// The statements, in order.
    public let statements: @Sendable (Dialect) -> [String]
}

/// The steps of one schema, and how they are applied.
public struct Schema: Sendable {
    public let migrations: [Migration]

    /// The version that this program reads and writes.
    public var newest: Int { migrations.last?.version ?? 0 }

    /// Why a database of a newer release is left alone.
    public func refusal(of version: Int) -> StorageError {
        .unavailable(
            "the database has schema version \(version), and this release knows versions up to \(newest): "
                + "start the release that wrote it, or a later one")
    }

    /// Brings a database to the newest version, in one transaction.
    ///
    /// - Throws: `StorageError.unavailable` for a database that a newer release has written, which is left as it is.
    public func apply(to connection: any Connection) throws(StorageError) {
        _ = try connection.run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
        let current = try connection.run("SELECT coalesce(max(version), 0) FROM schema_version").first?.count() ?? 0
        guard current <= newest else {
            throw refusal(of: current)
        }
        for migration in migrations where migration.version > current {
            for statement in migration.statements(connection.dialect) {
                _ = try connection.run(statement)
            }
            _ = try connection.run(
                "INSERT INTO schema_version (version) VALUES ($1)", .integer(Int64(migration.version)))
        }
    }
}
