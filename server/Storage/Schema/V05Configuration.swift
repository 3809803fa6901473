extension Migration {
    /// Blocks, variables, artifacts, saved searches, inputs of runs, and settings that are changed while the server
    /// runs.
    static let v05 = Migration(version: 5, name: "configuration") { dialect in
        V05.blockTypes(dialect) + V05.blocks(dialect) + V05.artifacts + V05.others(dialect)
    }
}

private enum V05 {
    static func blockTypes(_ dialect: Dialect) -> [String] {
        [
            """
            CREATE TABLE block_type (
                id TEXT PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL UNIQUE, logo_url TEXT,
                documentation_url TEXT, description TEXT, code_example TEXT, is_protected BOOLEAN NOT NULL,
                created BIGINT NOT NULL, updated BIGINT NOT NULL)
            """,
            """
            CREATE TABLE block_schema (
                id TEXT PRIMARY KEY, type_id TEXT NOT NULL REFERENCES block_type (id) ON DELETE CASCADE,
                checksum TEXT NOT NULL, version TEXT NOT NULL, fields TEXT, capabilities TEXT, created BIGINT NOT NULL,
                updated BIGINT NOT NULL, UNIQUE (checksum, version))
            """,
            "CREATE INDEX block_schema_by_type ON block_schema (type_id)",
            """
            CREATE TABLE block_schema_reference (
                parent_id TEXT NOT NULL REFERENCES block_schema (id) ON DELETE CASCADE, name TEXT NOT NULL,
                reference_id TEXT NOT NULL REFERENCES block_schema (id) ON DELETE CASCADE,
                PRIMARY KEY (parent_id, name, reference_id)
            ) \(dialect.clusteredTable)
            """,
            "CREATE INDEX block_schema_reference_by_target ON block_schema_reference (reference_id)",
        ]
    }

    static func blocks(_ dialect: Dialect) -> [String] {
        [
            // What is secret is in `sealed_data` and nowhere else.
            """
            CREATE TABLE block_document (
                id TEXT PRIMARY KEY, type_id TEXT NOT NULL REFERENCES block_type (id) ON DELETE CASCADE,
                schema_id TEXT NOT NULL REFERENCES block_schema (id) ON DELETE CASCADE, name TEXT NOT NULL,
                is_anonymous BOOLEAN NOT NULL, sealed_data \(dialect.bytesType) NOT NULL, created BIGINT NOT NULL,
                updated BIGINT NOT NULL, UNIQUE (type_id, name))
            """,
            "CREATE INDEX block_document_by_schema ON block_document (schema_id)",
            "CREATE INDEX block_document_by_name ON block_document (name)",
            """
            CREATE TABLE block_document_reference (
                parent_id TEXT NOT NULL REFERENCES block_document (id) ON DELETE CASCADE, name TEXT NOT NULL,
                reference_id TEXT NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
                PRIMARY KEY (parent_id, name)
            ) \(dialect.clusteredTable)
            """,
            "CREATE INDEX block_document_reference_by_target ON block_document_reference (reference_id)",
        ]
    }

    static let artifacts = [
        // It outlives its run when that is deleted by hand: no reference.
        """
        CREATE TABLE artifact (
            id TEXT PRIMARY KEY, key TEXT, type TEXT, description TEXT, data TEXT, metadata TEXT, flow_run_id TEXT,
            task_run_id TEXT, created BIGINT NOT NULL, updated BIGINT NOT NULL)
        """,
        "CREATE INDEX artifact_by_key ON artifact (key, created, id) WHERE key IS NOT NULL",
        "CREATE INDEX artifact_by_run ON artifact (flow_run_id) WHERE flow_run_id IS NOT NULL",
        "CREATE INDEX artifact_by_task_run ON artifact (task_run_id) WHERE task_run_id IS NOT NULL",
        """
        CREATE TABLE artifact_collection (
            id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, latest_id TEXT NOT NULL UNIQUE, created BIGINT NOT NULL,
            updated BIGINT NOT NULL)
        """,
    ]

    static func others(_ dialect: Dialect) -> [String] {
        [
            """
            CREATE TABLE variable (
                id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, value TEXT, tags TEXT, created BIGINT NOT NULL,
                updated BIGINT NOT NULL)
            """,
            """
            CREATE TABLE saved_search (
                id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, filters TEXT, created BIGINT NOT NULL,
                updated BIGINT NOT NULL)
            """,
            """
            CREATE TABLE flow_run_input (
                run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, key TEXT NOT NULL, id TEXT NOT NULL,
                value TEXT NOT NULL, sender TEXT, created BIGINT NOT NULL, PRIMARY KEY (run_id, key)
            ) \(dialect.clusteredTable)
            """,
            """
            CREATE TABLE configuration (
                key TEXT PRIMARY KEY, value TEXT NOT NULL
            ) \(dialect.clusteredTable)
            """,
        ]
    }
}
