extension Migration {
    /// Automations, what their triggers have counted, and what they are to do.
    static let v10 = Migration(version: 10, name: "automations") { dialect in
        [
            """
            CREATE TABLE automation (
                id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, is_enabled BOOLEAN NOT NULL,
                tags TEXT, trigger_document TEXT NOT NULL, actions TEXT NOT NULL, created BIGINT NOT NULL,
                updated BIGINT NOT NULL)
            """,
            "CREATE INDEX automation_by_name ON automation (name)",
            // What an automation starts, or whose it is: gone with it if it is its owner.
            """
            CREATE TABLE automation_resource (
                resource_id TEXT NOT NULL, automation_id TEXT NOT NULL, is_owner BOOLEAN NOT NULL,
                PRIMARY KEY (resource_id, automation_id)
            ) \(dialect.clusteredTable)
            """,
            "CREATE INDEX automation_resource_by_automation ON automation_resource (automation_id)",
            """
            CREATE TABLE trigger_bucket (
                trigger_id TEXT NOT NULL, key TEXT NOT NULL, automation_id TEXT NOT NULL, start_time BIGINT NOT NULL,
                end_time BIGINT NOT NULL, count BIGINT NOT NULL, last_event TEXT, is_proactive BOOLEAN NOT NULL,
                PRIMARY KEY (trigger_id, key)
            ) \(dialect.clusteredTable)
            """,
            "CREATE INDEX trigger_bucket_by_end ON trigger_bucket (is_proactive, end_time)",
            "CREATE INDEX trigger_bucket_by_automation ON trigger_bucket (automation_id)",
            // The last firing of each trigger that counts for a composite one.
            """
            CREATE TABLE trigger_firing (
                parent_id TEXT NOT NULL, trigger_id TEXT NOT NULL, automation_id TEXT NOT NULL,
                triggered BIGINT NOT NULL, firing TEXT NOT NULL, PRIMARY KEY (parent_id, trigger_id)
            ) \(dialect.clusteredTable)
            """,
            "CREATE INDEX trigger_firing_by_automation ON trigger_firing (automation_id)",
            // What is to be done, stored with the event that is the reason: it is done at least once.
            "CREATE TABLE automation_action (id TEXT PRIMARY KEY, is_outward BOOLEAN NOT NULL, document TEXT NOT NULL)",
            "CREATE INDEX automation_action_by_side ON automation_action (is_outward, id)",
        ]
    }
}
