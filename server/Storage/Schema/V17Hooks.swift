extension Migration {
    /// Doors for somebody else's servers, and what came through them lately.
    static let v17 = Migration(version: 17, name: "hooks") { dialect in
        [
            """
            CREATE TABLE hook (
                id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, document TEXT NOT NULL,
                sealed_secret \(dialect.bytesType), created BIGINT NOT NULL, updated BIGINT NOT NULL)
            """,
            // So that a delivery that is repeated is known.
            """
            CREATE TABLE hook_delivery (
                hook_id TEXT NOT NULL, delivery_id TEXT NOT NULL, received BIGINT NOT NULL, event_id TEXT NOT NULL,
                run_id TEXT, PRIMARY KEY (hook_id, delivery_id)
            ) \(dialect.clusteredTable)
            """,
            "CREATE INDEX hook_delivery_by_time ON hook_delivery (received)",
        ]
    }
}
