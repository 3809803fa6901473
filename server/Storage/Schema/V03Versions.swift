extension Migration {
    /// What deployments have been, which version a run executed, and batches that are paused.
    static let v03 = Migration(version: 3, name: "versions") { dialect in V03.versions(dialect) + V03.batches }
}

private enum V03 {
    private static let content = """
        version, description, tags, labels, parameters, parameter_schema, enforces_schema, queue_id, concurrency_limit,
        execution, job_variables, extras
        """

    static func versions(_ dialect: Dialect) -> [String] {
        [
            // A queue that a version names may be gone by now: it refers to none.
            """
            CREATE TABLE deployment_version (
                deployment_id TEXT NOT NULL, number BIGINT NOT NULL, created BIGINT NOT NULL, restored_from BIGINT,
                version TEXT, description TEXT, tags TEXT, labels TEXT, parameters TEXT, parameter_schema TEXT,
                enforces_schema BOOLEAN NOT NULL, queue_id TEXT, concurrency_limit BIGINT, execution TEXT,
                job_variables TEXT, extras TEXT, PRIMARY KEY (deployment_id, number)
            ) \(dialect.clusteredTable)
            """,
            "ALTER TABLE deployment ADD COLUMN version_number BIGINT NOT NULL DEFAULT 1",
            "ALTER TABLE run ADD COLUMN deployment_version_number BIGINT",
            // What a deployment is when the history begins is its first version.
            """
            INSERT INTO deployment_version (deployment_id, number, created, \(content))
            SELECT id, version_number, updated, \(content) FROM deployment
            """,
        ]
    }

    static let batches = [
        "ALTER TABLE batch ADD COLUMN is_paused BOOLEAN NOT NULL DEFAULT FALSE",
        // Asked by whoever looks for work; it holds next to nothing.
        "CREATE INDEX batch_paused ON batch (id) WHERE is_paused = TRUE",
    ]
}
