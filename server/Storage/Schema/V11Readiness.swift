extension Migration {
    /// What was last told of whether work would be executed somewhere: an event is due when that changes.
    static let v11 = Migration(version: 11, name: "readiness") { _ in
        [
            "ALTER TABLE work_pool ADD COLUMN told_status TEXT NOT NULL DEFAULT 'NOT_READY'",
            "UPDATE work_pool SET told_status = 'PAUSED' WHERE is_paused = TRUE",
            "ALTER TABLE work_queue ADD COLUMN told_status TEXT NOT NULL DEFAULT 'NOT_READY'",
            "UPDATE work_queue SET told_status = 'PAUSED' WHERE is_paused = TRUE",
            "ALTER TABLE deployment ADD COLUMN told_ready BOOLEAN NOT NULL DEFAULT FALSE",
            "CREATE INDEX deployment_readiness ON deployment (queue_id, told_ready)",
            "CREATE INDEX deployment_ready_alone ON deployment (last_polled) WHERE told_ready = TRUE AND queue_id IS NULL",
        ]
    }
}
