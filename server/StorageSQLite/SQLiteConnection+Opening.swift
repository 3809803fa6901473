import Storage

extension SQLiteConnection {
    /// Brings the database to `schema`, after a copy if that changes one that is in use.
    func migrate(to schema: Schema, at path: String?) throws {
        let version = try MigrationSnapshot.version(self)
        if let path, version > 0, version < schema.newest {
            try MigrationSnapshot.take(of: path, version: version, self)
        }
        try control("BEGIN IMMEDIATE")
        do {
            try schema.apply(to: self)
            try control("COMMIT")
        } catch {
            if isInTransaction { try control("ROLLBACK") }
            throw error
        }
    }

    /// A read on a connection that can write. SQLite could be told by a pragma, which would have it compile every
    /// statement anew.
    func readOnly<Value>(_ body: (any Connection) throws -> Value) throws -> Value {
        refusesWrites = true
        defer { refusesWrites = false }
        return try snapshot(body)
    }
}
