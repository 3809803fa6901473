extension Migration {
    /// What Prefect's own workers need: lanes for the runs that they claim, themselves, and signs of life.
    static let v07 = Migration(version: 7, name: "workers") { _ in
        V07.lanes + V07.lanesOfWaitingRuns + V07.workers + V07.holds
    }
}

private enum V07 {
    /// Lanes say who may claim their runs: the key grows by that, so the table is made anew.
    static let lanes = [
        "DROP INDEX lane_open",
        """
        CREATE TABLE lane_of_claimants (
            id BIGINT PRIMARY KEY, queue_id TEXT NOT NULL, deployment_id TEXT NOT NULL, batch_id TEXT NOT NULL,
            claimants TEXT NOT NULL, is_open BOOLEAN NOT NULL,
            UNIQUE (queue_id, deployment_id, batch_id, claimants))
        """,
        """
        INSERT INTO lane_of_claimants (id, queue_id, deployment_id, batch_id, claimants, is_open)
        SELECT id, queue_id, deployment_id, batch_id, 'agents', is_open FROM lane
        """,
        "DROP TABLE lane",
        "ALTER TABLE lane_of_claimants RENAME TO lane",
        "CREATE INDEX lane_open ON lane (queue_id) WHERE is_open = TRUE",
        // Who asks over REST asks ahead of time.
        "CREATE INDEX run_waiting_in_lane ON run (lane_id, due, id) WHERE readiness = 1",
    ]

    /// Runs that no agent can execute had no lane. Those that wait get one, and are looked at when they are due.
    static let lanesOfWaitingRuns = [
        """
        INSERT INTO lane (id, queue_id, deployment_id, batch_id, claimants, is_open)
        SELECT (SELECT coalesce(max(id), 0) FROM lane) + row_number() OVER (ORDER BY queue, deployment, batch),
            queue, deployment, batch, 'workers', TRUE
        FROM (SELECT DISTINCT \(place) FROM run JOIN deployment ON deployment.id = run.deployment_id
            WHERE \(waitsForWorkers)) AS places
        """,
        """
        UPDATE run SET readiness = 1, lane_id = (
            SELECT lane.id FROM lane JOIN (SELECT \(place) FROM deployment WHERE deployment.id = run.deployment_id)
                AS wanted ON lane.queue_id = wanted.queue AND lane.deployment_id = wanted.deployment
                    AND lane.batch_id = wanted.batch AND lane.claimants = 'workers')
        WHERE run.deployment_id IN (SELECT deployment.id FROM deployment WHERE deployment.execution IS NULL)
            AND run.lane_id IS NULL AND run.state_type = 'SCHEDULED' AND run.holder IS NULL
        """,
        "UPDATE lane SET is_open = TRUE WHERE id IN (SELECT lane_id FROM run WHERE readiness = 1)",
    ]

    private static let place = """
        coalesce(run.queue_id, '') AS queue,
        CASE WHEN run.queue_id IS NULL OR deployment.concurrency_limit IS NOT NULL THEN deployment.id ELSE '' END
            AS deployment,
        coalesce(run.batch_id, '') AS batch
        """
    private static let waitsForWorkers = """
        deployment.execution IS NULL AND run.lane_id IS NULL AND run.state_type = 'SCHEDULED' AND run.holder IS NULL
        """

    static let workers = [
        "ALTER TABLE work_pool ADD COLUMN storage_configuration TEXT",
        "ALTER TABLE deployment ADD COLUMN last_polled BIGINT",
        """
        CREATE TABLE worker (
            id TEXT PRIMARY KEY, pool_id TEXT NOT NULL, name TEXT NOT NULL, heartbeat_interval BIGINT,
            last_heartbeat BIGINT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL, UNIQUE (pool_id, name))
        """,
    ]

    /// A run that executes without a lease is a hold by itself, and is found by where it counts.
    static let holds = [
        // The name of the worker that claimed it last, if it said so.
        "ALTER TABLE run ADD COLUMN claimant TEXT",
        // When its process was last heard of, and until when it counts as living.
        "ALTER TABLE run ADD COLUMN last_heartbeat BIGINT",
        "ALTER TABLE run ADD COLUMN alive_until BIGINT",
        "CREATE INDEX run_held_in_queue ON run (queue_id) WHERE \(Store.isHeldByItself)",
        "CREATE INDEX run_held_of_deployment ON run (deployment_id) WHERE \(Store.isHeldByItself)",
        """
        CREATE INDEX run_alive ON run (alive_until)
        WHERE alive_until IS NOT NULL AND holder IS NULL AND end_time IS NULL
        """,
    ]
}
