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

    /// A read on a connection that can write.
    func readOnly<Value>(_ body: (any Connection) throws -> Value) throws -> Value {
        try control("PRAGMA query_only = 1")
        defer { _ = try? control("PRAGMA query_only = 0") }
        return try snapshot(body)
    }
}
