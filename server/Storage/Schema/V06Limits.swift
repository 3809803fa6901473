extension Migration {
    /// Concurrency limits that clients make, and who holds their slots.
    static let v06 = Migration(version: 6, name: "limits") { dialect in
        [
            """
            CREATE TABLE concurrency_limit (
                id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, slots BIGINT NOT NULL, is_active BOOLEAN NOT NULL,
                decay DOUBLE PRECISION NOT NULL, mean_occupancy BIGINT NOT NULL, created BIGINT NOT NULL,
                updated BIGINT NOT NULL)
            """,
            // The limit may be a deployment's own, or gone by now: a lease goes on until its holder gives it back.
            """
            CREATE TABLE concurrency_hold (
                limit_id TEXT NOT NULL, lease_id TEXT NOT NULL, slots BIGINT NOT NULL, holder_kind TEXT, holder_id TEXT,
                granted BIGINT NOT NULL, lease_duration BIGINT, expiry BIGINT, drained BIGINT,
                PRIMARY KEY (limit_id, lease_id)
            ) \(dialect.clusteredTable)
            """,
            "CREATE INDEX concurrency_hold_by_lease ON concurrency_hold (lease_id)",
            "CREATE INDEX concurrency_hold_by_expiry ON concurrency_hold (expiry) WHERE expiry IS NOT NULL",
            "CREATE INDEX concurrency_hold_by_holder ON concurrency_hold (holder_id) WHERE holder_id IS NOT NULL",
        ]
    }
}
