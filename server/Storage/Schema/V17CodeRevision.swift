extension Migration {
    /// Which code each attempt executed.
    static let v17 = Migration(version: 17, name: "code revision") { _ in
        ["ALTER TABLE attempt ADD COLUMN code_revision TEXT"]
    }
}
