extension Migration {
    /// What schedules do with times that were missed and with runs that overlap, and which time a run is for.
    static let v12 = Migration(version: 12, name: "schedule policies") { _ in
        [
            "ALTER TABLE deployment_schedule ADD COLUMN missed TEXT",
            "ALTER TABLE deployment_schedule ADD COLUMN overlap TEXT NOT NULL DEFAULT 'allow'",
            "ALTER TABLE deployment_schedule ADD COLUMN jitter BIGINT NOT NULL DEFAULT 0",
            """
            CREATE TABLE run_fire (
                run_id TEXT PRIMARY KEY, deployment_id TEXT NOT NULL, schedule_id TEXT, fire BIGINT NOT NULL,
                interval_start BIGINT NOT NULL, interval_end BIGINT NOT NULL, is_open BOOLEAN NOT NULL)
            """,
            // Whoever looks for the runs of a schedule that have not ended reads no others.
            "CREATE INDEX run_fire_open ON run_fire (schedule_id, fire) WHERE is_open = TRUE",
            "CREATE INDEX run_fire_date ON run_fire (deployment_id, interval_start)",
            "CREATE INDEX lane_gate ON lane (id) WHERE claimants = 'gate'",
            "CREATE INDEX lane_held ON lane (id) WHERE claimants = 'held'",
        ]
    }
}
