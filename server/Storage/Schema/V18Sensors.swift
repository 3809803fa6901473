extension Migration {
    /// Look-outs for objects, and what they have seen.
    static let v18 = Migration(version: 18, name: "sensors") { dialect in
        [
            """
            CREATE TABLE sensor (
                id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, deployment_id TEXT, document TEXT NOT NULL,
                next_look BIGINT, created BIGINT NOT NULL)
            """,
            "CREATE INDEX sensor_due ON sensor (next_look) WHERE next_look IS NOT NULL",
            "CREATE INDEX sensor_of_deployment ON sensor (deployment_id) WHERE deployment_id IS NOT NULL",
            // What is there, each with the revision that was told of.
            """
            CREATE TABLE sensor_object (
                sensor_id TEXT NOT NULL, object_key TEXT NOT NULL, revision TEXT NOT NULL,
                PRIMARY KEY (sensor_id, object_key)
            ) \(dialect.clusteredTable)
            """,
        ]
    }
}
