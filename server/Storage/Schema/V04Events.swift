extension Migration {
    /// Events, task runs and their states.
    static let v04 = Migration(version: 4, name: "events") { dialect in
        V04.events(dialect) + V04.taskRuns(dialect) + V04.stateEvents
    }
}

private enum V04 {
    static func events(_ dialect: Dialect) -> [String] {
        [
            """
            CREATE TABLE event (
                id TEXT PRIMARY KEY, occurred BIGINT NOT NULL, received BIGINT NOT NULL, name TEXT NOT NULL,
                resource_id TEXT NOT NULL, resource TEXT NOT NULL, related TEXT, payload TEXT, follows TEXT)
            """,
            "CREATE INDEX event_by_time ON event (occurred, id)",
            "CREATE INDEX event_by_resource ON event (resource_id, occurred)",
            "CREATE INDEX event_by_receipt ON event (received)",
            // What events have to do with beside what they are about. Tags are not in it: nobody looks for them alone.
            """
            CREATE TABLE event_related (
                resource_id TEXT NOT NULL, occurred BIGINT NOT NULL, event_id TEXT NOT NULL,
                PRIMARY KEY (resource_id, occurred, event_id)
            ) \(dialect.clusteredTable)
            """,
            "CREATE INDEX event_related_by_event ON event_related (event_id)",
        ]
    }

    static func taskRuns(_ dialect: Dialect) -> [String] {
        [
            // The state that it is in stands in its own row as well, so that a list of task runs is read from one table.
            """
            CREATE TABLE task_run (
                id TEXT PRIMARY KEY, run_id TEXT, name TEXT NOT NULL, task_key TEXT NOT NULL,
                dynamic_key TEXT NOT NULL, cache_key TEXT, cache_expiration BIGINT, task_version TEXT,
                empirical_policy TEXT, tags TEXT, labels TEXT, task_inputs TEXT, state_id TEXT, state_type TEXT,
                state_name TEXT, state_time BIGINT, state_message TEXT, state_data TEXT, state_details TEXT,
                run_count BIGINT NOT NULL, flow_run_run_count BIGINT NOT NULL, expected_start BIGINT, due BIGINT,
                next_start BIGINT, is_deferred BOOLEAN NOT NULL, handed_to TEXT,
                start_time BIGINT, end_time BIGINT, total_run_time BIGINT NOT NULL, created BIGINT NOT NULL,
                updated BIGINT NOT NULL)
            """,
            "CREATE UNIQUE INDEX task_run_once ON task_run (run_id, task_key, dynamic_key) WHERE run_id IS NOT NULL",
            "CREATE INDEX task_run_by_cache_key ON task_run (cache_key) WHERE cache_key IS NOT NULL",
            "CREATE INDEX task_run_by_start ON task_run (expected_start)",
            "CREATE INDEX task_run_scheduled ON task_run (task_key, due) WHERE is_deferred = TRUE",
            """
            CREATE TABLE task_run_state (
                task_run_id TEXT NOT NULL, timestamp BIGINT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
                name TEXT NOT NULL, message TEXT, data TEXT, details TEXT, PRIMARY KEY (task_run_id, timestamp, id)
            ) \(dialect.clusteredTable)
            """,
        ]
    }

    /// A run's state event is its history row: events are found by their time there too.
    static let stateEvents = ["CREATE INDEX run_state_by_time ON run_state (timestamp)"]
}
