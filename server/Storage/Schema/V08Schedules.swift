extension Migration {
    /// Schedules of deployments, and what it takes to make their runs and to take them back.
    static let v08 = Migration(version: 8, name: "schedules") { _ in
        [
            """
            CREATE TABLE deployment_schedule (
                id TEXT PRIMARY KEY, deployment_id TEXT NOT NULL, schedule TEXT NOT NULL, daylight_saving TEXT,
                is_active BOOLEAN NOT NULL, max_scheduled_runs BIGINT, parameters TEXT, slug TEXT,
                next_expansion BIGINT, expanded_until BIGINT, created BIGINT NOT NULL, updated BIGINT NOT NULL,
                UNIQUE (deployment_id, slug))
            """,
            // Whoever looks for schedules that need runs reads nothing but those.
            """
            CREATE INDEX deployment_schedule_due ON deployment_schedule (next_expansion)
            WHERE next_expansion IS NOT NULL
            """,
            """
            CREATE INDEX run_auto_scheduled ON run (deployment_id, due)
            WHERE auto_scheduled = TRUE AND state_type = 'SCHEDULED'
            """,
        ]
    }
}
