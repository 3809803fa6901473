extension Migration {
    /// What deployments are expected to keep to, and what was not kept.
    static let v19 = Migration(version: 19, name: "service levels") { _ in
        [
            // Bounds of single runs stand in columns, so that a look finds what exceeds them; all is in the document.
            """
            CREATE TABLE service_level (
                deployment_id TEXT PRIMARY KEY, document TEXT NOT NULL, late BIGINT, duration BIGINT,
                expects_runs BOOLEAN NOT NULL, since BIGINT NOT NULL, judged BIGINT NOT NULL, completed BIGINT)
            """,
            "CREATE TABLE level_watch (id BIGINT PRIMARY KEY, looked BIGINT NOT NULL)",
            """
            CREATE TABLE level_breach (
                id TEXT PRIMARY KEY, deployment_id TEXT NOT NULL, run_id TEXT, run_name TEXT, kind TEXT NOT NULL,
                bound TEXT NOT NULL, since BIGINT NOT NULL, told BIGINT NOT NULL)
            """,
            "CREATE UNIQUE INDEX level_breach_once ON level_breach (run_id, kind) WHERE run_id IS NOT NULL",
            "CREATE INDEX level_breach_by_deployment ON level_breach (deployment_id, id)",
            """
            CREATE INDEX run_late ON run (deployment_id, state_name)
            WHERE state_type = 'SCHEDULED' AND state_name = 'Late'
            """,
        ]
    }
}
