extension Migration {
    /// Which runs execute in the process of another: they end with it.
    static let v09 = Migration(version: 9, name: "makers") { _ in
        [
            "ALTER TABLE run ADD COLUMN maker_id TEXT",
            "CREATE INDEX run_by_maker ON run (maker_id) WHERE maker_id IS NOT NULL",
            // Asked at the end of every attempt, of the row that is read anyway.
            "ALTER TABLE run ADD COLUMN has_made_runs BOOLEAN NOT NULL DEFAULT FALSE",
            // Processes are started by agents, too.
            """
            UPDATE lane SET claimants = 'anyone' WHERE claimants = 'workers' AND queue_id IN (
                SELECT work_queue.id FROM work_queue JOIN work_pool ON work_pool.id = work_queue.pool_id
                WHERE work_pool.type = 'process')
            """,
        ]
    }
}
