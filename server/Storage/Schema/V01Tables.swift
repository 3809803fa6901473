extension Migration {
    /// Everything that Sluice began with. Times and spans are microseconds; ids are UUIDs as text; JSON is opaque text,
    /// absent where it would be empty.
    static let v01 = Migration(version: 1, name: "tables") { dialect in
        V01.work + V01.runs + V01.readySet + V01.histories(dialect) + V01.holds(dialect) + V01.agents
    }
}

private enum V01 {
    /// What runs are made from, and where they wait.
    static let work = [
        """
        CREATE TABLE flow (
            id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, tags TEXT, labels TEXT,
            created BIGINT NOT NULL, updated BIGINT NOT NULL)
        """,
        """
        CREATE TABLE work_pool (
            id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL, description TEXT,
            is_paused BOOLEAN NOT NULL, concurrency_limit BIGINT, default_queue_id TEXT NOT NULL,
            base_job_template TEXT, created BIGINT NOT NULL, updated BIGINT NOT NULL)
        """,
        """
        CREATE TABLE work_queue (
            id TEXT PRIMARY KEY, pool_id TEXT NOT NULL REFERENCES work_pool (id), name TEXT NOT NULL,
            description TEXT NOT NULL, is_paused BOOLEAN NOT NULL, concurrency_limit BIGINT, priority BIGINT NOT NULL,
            last_polled BIGINT, created BIGINT NOT NULL, updated BIGINT NOT NULL, UNIQUE (pool_id, name))
        """,
        """
        CREATE TABLE deployment (
            id TEXT PRIMARY KEY, flow_id TEXT NOT NULL REFERENCES flow (id), name TEXT NOT NULL, version TEXT,
            description TEXT, is_paused BOOLEAN NOT NULL, tags TEXT, labels TEXT, parameters TEXT,
            parameter_schema TEXT, enforces_schema BOOLEAN NOT NULL, queue_id TEXT REFERENCES work_queue (id),
            concurrency_limit BIGINT, execution TEXT, job_variables TEXT, extras TEXT, created BIGINT NOT NULL,
            updated BIGINT NOT NULL, UNIQUE (flow_id, name))
        """,
        "CREATE INDEX deployment_by_queue ON deployment (queue_id)",
        """
        CREATE TABLE bundle (
            digest TEXT PRIMARY KEY, size BIGINT NOT NULL, created BIGINT NOT NULL)
        """,
    ]

    /// Runs and the batches that they came in.
    static let runs = [
        """
        CREATE TABLE batch (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, deployment_id TEXT NOT NULL, size BIGINT NOT NULL,
            is_visible BOOLEAN NOT NULL, created BIGINT NOT NULL)
        """,
        "CREATE INDEX batch_hidden ON batch (id) WHERE is_visible = FALSE",
        """
        CREATE TABLE run (
            id TEXT PRIMARY KEY, version BIGINT NOT NULL, name TEXT NOT NULL, flow_id TEXT NOT NULL,
            deployment_id TEXT, queue_id TEXT, batch_id TEXT, parent_task_run_id TEXT, lane_id BIGINT,
            readiness BIGINT NOT NULL, priority BIGINT NOT NULL, due BIGINT,
            state_type TEXT NOT NULL, state_name TEXT NOT NULL, state_version BIGINT NOT NULL,
            attempt BIGINT NOT NULL, holder TEXT, run_count BIGINT NOT NULL, failures BIGINT NOT NULL,
            crashes BIGINT NOT NULL, start_time BIGINT, end_time BIGINT, total_run_time BIGINT NOT NULL,
            policy TEXT, parameters TEXT, tags TEXT, labels TEXT, context TEXT, empirical_policy TEXT,
            job_variables TEXT, idempotency_key TEXT, flow_version TEXT, deployment_version TEXT,
            infrastructure_pid TEXT, created_by TEXT, auto_scheduled BOOLEAN NOT NULL,
            expected_start BIGINT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL)
        """,
        "CREATE INDEX run_by_deployment ON run (deployment_id, id)",
        "CREATE INDEX run_by_flow ON run (flow_id, id)",
        "CREATE INDEX run_by_batch ON run (batch_id, id) WHERE batch_id IS NOT NULL",
        "CREATE INDEX run_by_state ON run (state_type, id)",
        "CREATE INDEX run_by_parent ON run (parent_task_run_id) WHERE parent_task_run_id IS NOT NULL",
        """
        CREATE UNIQUE INDEX run_once ON run (flow_id, idempotency_key) WHERE idempotency_key IS NOT NULL
        """,
    ]

    /// What waits for an agent, in order: an index by lane.
    static let readySet = [
        // Runs that share a queue, a limit and a batch. Empty text stands for "none", so that the key is unique.
        """
        CREATE TABLE lane (
            id BIGINT PRIMARY KEY, queue_id TEXT NOT NULL, deployment_id TEXT NOT NULL, batch_id TEXT NOT NULL,
            is_open BOOLEAN NOT NULL, UNIQUE (queue_id, deployment_id, batch_id))
        """,
        "CREATE INDEX lane_open ON lane (queue_id) WHERE is_open = TRUE",
        "CREATE INDEX run_ready ON run (lane_id, priority DESC, due, id) WHERE readiness = 2",
        "CREATE INDEX run_waiting ON run (due) WHERE readiness = 1",
    ]

    /// What runs have been through, and how many are where.
    static func histories(_ dialect: Dialect) -> [String] {
        [
            // A run's state event is its history row.
            """
            CREATE TABLE run_state (
                run_id TEXT NOT NULL, version BIGINT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL,
                timestamp BIGINT NOT NULL, message TEXT, data TEXT, details TEXT, PRIMARY KEY (run_id, version)
            ) \(dialect.clusteredTable)
            """,
            // How many runs of a queue or batch are in which type of state, so that nobody ever has to count them.
            """
            CREATE TABLE tally (
                scope TEXT NOT NULL, state_type TEXT NOT NULL, runs BIGINT NOT NULL, PRIMARY KEY (scope, state_type)
            ) \(dialect.clusteredTable)
            """,
        ]
    }

    /// Who executes what now, and what came of it.
    static func holds(_ dialect: Dialect) -> [String] {
        [
            """
            CREATE TABLE lease (
                run_id TEXT PRIMARY KEY, attempt BIGINT NOT NULL, agent_id TEXT NOT NULL, pool_id TEXT, queue_id TEXT,
                deployment_id TEXT, duration BIGINT NOT NULL, deadline BIGINT NOT NULL)
            """,
            "CREATE INDEX lease_by_deadline ON lease (deadline)",
            "CREATE INDEX lease_by_agent ON lease (agent_id)",
            "CREATE INDEX lease_by_queue ON lease (queue_id)",
            "CREATE INDEX lease_by_deployment ON lease (deployment_id)",
            """
            CREATE TABLE attempt (
                run_id TEXT NOT NULL, attempt BIGINT NOT NULL, agent_id TEXT NOT NULL, agent_name TEXT NOT NULL,
                granted BIGINT NOT NULL, ended BIGINT, outcome TEXT, message TEXT, exit_code BIGINT, signal BIGINT,
                cpu BIGINT, peak_memory BIGINT, reports BIGINT NOT NULL, PRIMARY KEY (run_id, attempt)
            ) \(dialect.clusteredTable)
            """,
        ]
    }

    static let agents = [
        """
        CREATE TABLE agent (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, host TEXT NOT NULL, version TEXT NOT NULL, pool_id TEXT NOT NULL,
            queues TEXT, slots BIGINT NOT NULL, labels TEXT, last_seen BIGINT NOT NULL, left_at BIGINT,
            created BIGINT NOT NULL)
        """,
        "CREATE INDEX agent_by_pool ON agent (pool_id)",
    ]
}
