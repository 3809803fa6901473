extension Migration {
    /// How many runs of a batch may execute at once.
    static let v17 = Migration(version: 17, name: "backfill") { _ in
        [
            "ALTER TABLE batch ADD COLUMN max_concurrent BIGINT",
            // A migration that makes the table of lanes anew takes them along.
            "CREATE INDEX IF NOT EXISTS lane_gate ON lane (id) WHERE claimants = 'gate'",
            "CREATE INDEX IF NOT EXISTS lane_held ON lane (id) WHERE claimants = 'held'",
        ]
    }
}
