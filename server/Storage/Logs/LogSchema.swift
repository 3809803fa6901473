/// The schema of the logs, which live in databases of their own so that chatter never delays a transition: one for each
/// day on which lines arrived, all alike.
public enum LogSchema {
    /// Everything that the log store reads and writes.
    public static let schema = Schema(migrations: [
        Migration(version: 1, name: "chunks of lines") { dialect in chunks(dialect) + progress }
    ])

    /// A row a batch of lines: rows of their own would cost each line more than its text. `body` comes last, so that
    /// what stands before it is read without it. `run_id` is empty for lines that belong to no run.
    private static func chunks(_ dialect: Dialect) -> [String] {
        [
            """
            CREATE TABLE log_chunk (
                run_id TEXT NOT NULL, number BIGINT NOT NULL, line_count BIGINT NOT NULL,
                min_time BIGINT NOT NULL, max_time BIGINT NOT NULL, min_level BIGINT NOT NULL,
                max_level BIGINT NOT NULL, body \(dialect.bytesType) NOT NULL, PRIMARY KEY (run_id, number))
            """,
            "CREATE INDEX log_chunk_run_from ON log_chunk (run_id, min_time, number)",
            "CREATE INDEX log_chunk_run_to ON log_chunk (run_id, max_time, number)",
            "CREATE INDEX log_chunk_from ON log_chunk (min_time)",
            "CREATE INDEX log_chunk_to ON log_chunk (max_time)",
        ]
    }

    /// How far each attempt's captured output was taken when its last lines of the day were stored: `latest` is the time
    /// of its newest line. The furthest of all days counts.
    private static let progress = [
        """
        CREATE TABLE log_progress (
            run_id TEXT NOT NULL, attempt BIGINT NOT NULL, taken BIGINT NOT NULL, latest BIGINT NOT NULL,
            PRIMARY KEY (run_id, attempt))
        """,
        "CREATE INDEX log_progress_latest ON log_progress (latest)",
    ]
}
