/// Something that holds for what is stored after every transaction, as a question that finds where it does not.
struct Invariant: Sendable {
    /// What is wrong with each of the things that are found, put after the name of the thing.
    let complaint: String
    /// Answers a text for each thing that breaks it, and nothing when it holds.
    let sql: String
}

extension Invariant {
    static let all = histories + holds + slots + tallies + places

    /// A run's head and its history say the same.
    private static let histories = [
        Invariant(
            complaint: "has no row in its history for the state that it is in",
            sql: """
                SELECT 'run ' || run.id FROM run
                LEFT JOIN run_state ON run_state.run_id = run.id AND run_state.version = run.state_version
                WHERE run_state.run_id IS NULL
                """),
        Invariant(
            complaint: "is in another state than the last one of its history",
            sql: """
                SELECT 'run ' || run.id FROM run
                JOIN run_state ON run_state.run_id = run.id AND run_state.version = run.state_version
                WHERE run_state.type <> run.state_type OR run_state.name <> run.state_name
                """),
        Invariant(
            complaint: "has a history that goes on behind the state that it is in",
            sql: """
                SELECT DISTINCT 'run ' || run.id FROM run JOIN run_state ON run_state.run_id = run.id
                WHERE run_state.version > run.state_version OR run.state_version > run.version
                """),
        Invariant(
            complaint: "has a history and does not exist",
            sql: """
                SELECT DISTINCT 'run ' || run_state.run_id FROM run_state LEFT JOIN run ON run.id = run_state.run_id
                WHERE run.id IS NULL
                """),
        Invariant(
            complaint: "is in histories more than once",
            sql: "SELECT 'state ' || id FROM run_state GROUP BY id HAVING count(*) > 1"),
        Invariant(
            complaint: "has an end although it has not ended, or none although it has",
            sql: """
                SELECT 'run ' || id FROM run
                WHERE (state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')) <> (end_time IS NOT NULL)
                """),
    ]

    /// A lease exists exactly while somebody holds the run, and each attempt that was granted is on record. (A run that
    /// ended by its flow's own word keeps its lease until the flow's process has ended.)
    private static let holds = [
        Invariant(
            complaint: "is leased to somebody who does not hold it",
            sql: """
                SELECT 'run ' || lease.run_id FROM lease LEFT JOIN run ON run.id = lease.run_id
                WHERE run.id IS NULL OR run.holder IS NULL OR run.holder <> lease.agent_id
                    OR run.attempt <> lease.attempt OR run.queue_id IS DISTINCT FROM lease.queue_id
                """),
        Invariant(
            complaint: "is held without a lease: its slot would never come free",
            sql: """
                SELECT 'run ' || run.id FROM run LEFT JOIN lease ON lease.run_id = run.id
                WHERE run.holder IS NOT NULL AND lease.run_id IS NULL
                """),
        Invariant(
            complaint: "is not on record, or not as what its lease makes it",
            sql: """
                SELECT 'attempt ' || run.attempt || ' of run ' || run.id FROM run
                LEFT JOIN attempt ON attempt.run_id = run.id AND attempt.attempt = run.attempt
                LEFT JOIN lease ON lease.run_id = run.id
                WHERE run.attempt > 0 AND (attempt.run_id IS NULL
                    OR (attempt.ended IS NULL) <> (lease.run_id IS NOT NULL))
                """),
        Invariant(
            complaint: "was never granted, or is still open although a later one was granted",
            sql: """
                SELECT 'attempt ' || attempt.attempt || ' of run ' || attempt.run_id
                FROM attempt LEFT JOIN run ON run.id = attempt.run_id
                WHERE run.id IS NULL OR attempt.attempt > run.attempt
                    OR (attempt.attempt < run.attempt AND attempt.ended IS NULL)
                """),
    ]

    /// Slots of concurrency limits are held by somebody who can give them back, or come free by themselves.
    private static let slots = [
        Invariant(
            complaint: "holds fewer than no slots",
            sql: "SELECT 'lease ' || lease_id FROM concurrency_hold WHERE slots < 0"),
        Invariant(
            complaint: "holds slots of a limit that does not exist, and nobody renews it",
            sql: """
                SELECT 'lease ' || lease_id FROM concurrency_hold
                WHERE lease_duration IS NULL AND limit_id NOT IN (SELECT id FROM concurrency_limit)
                    AND limit_id NOT IN (SELECT id FROM deployment)
                """),
        Invariant(
            complaint: "is to be renewed and has no end",
            sql: """
                SELECT 'lease ' || lease_id FROM concurrency_hold WHERE lease_duration IS NOT NULL AND expiry IS NULL
                """),
    ]

    /// Of a batch, and ended: retention removes such runs, and the batch goes on telling of them.
    private static let mayBePruned = """
        tally.scope LIKE 'batch:%' AND tally.state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')
        """

    /// The counts that are kept are those that counting gives.
    private static let tallies = [
        Invariant(
            complaint: "are not as many as the tally says",
            sql: """
                WITH seen AS (
                    SELECT queue_id, batch_id, state_type FROM run
                    WHERE batch_id IS NULL OR batch_id NOT IN (SELECT id FROM batch WHERE is_visible = FALSE)),
                counted AS (
                    SELECT coalesce('queue:' || queue_id, 'queue:none') AS scope, state_type, count(*) AS runs
                    FROM seen GROUP BY queue_id, state_type
                    UNION ALL
                    SELECT 'batch:' || batch_id, state_type, count(*) FROM seen
                    WHERE batch_id IS NOT NULL GROUP BY batch_id, state_type)
                SELECT 'the ' || counted.state_type || ' runs of ' || counted.scope || ', ' || counted.runs || ','
                FROM counted LEFT JOIN tally
                    ON tally.scope = counted.scope AND tally.state_type = counted.state_type
                WHERE tally.runs IS DISTINCT FROM counted.runs
                    AND NOT (tally.runs IS NOT NULL AND \(mayBePruned) AND tally.runs > counted.runs)
                UNION ALL
                SELECT 'the ' || tally.state_type || ' runs of ' || tally.scope || ', none,'
                FROM tally LEFT JOIN counted
                    ON tally.scope = counted.scope AND tally.state_type = counted.state_type
                WHERE tally.runs <> 0 AND counted.scope IS NULL
                    AND NOT (\(mayBePruned) AND tally.runs > 0
                        AND substr(tally.scope, 7) IN (SELECT id FROM batch))
                """),
        Invariant(
            complaint: "has more runs than were submitted",
            sql: """
                SELECT 'batch ' || batch.id FROM batch JOIN run ON run.batch_id = batch.id
                WHERE batch.is_visible = TRUE GROUP BY batch.id, batch.size HAVING count(*) > batch.size
                """),
    ]

    /// What waits is where agents are served from.
    private static let places = [
        Invariant(
            complaint: "waits in a lane that is closed, that is not there, or that is another queue's or batch's",
            sql: """
                SELECT 'run ' || run.id FROM run LEFT JOIN lane ON lane.id = run.lane_id
                WHERE run.readiness <> 0 AND run.lane_id IS NOT NULL AND (lane.id IS NULL
                    OR lane.queue_id <> coalesce(run.queue_id, '') OR lane.batch_id <> coalesce(run.batch_id, '')
                    OR (run.readiness = 2 AND lane.is_open = FALSE
                        AND (run.batch_id IS NULL
                            OR run.batch_id NOT IN (SELECT id FROM batch WHERE is_visible = FALSE))))
                """),
        Invariant(
            complaint: "holds a slot of a limit on a tag, and no agent executes it",
            sql: """
                SELECT 'run ' || holder_id FROM concurrency_hold
                WHERE holder_kind = 'flow_run' AND lease_id = holder_id
                    AND holder_id NOT IN (SELECT run_id FROM lease)
                """),
        Invariant(
            complaint: "has no default queue among its own",
            sql: """
                SELECT 'work pool ' || work_pool.name FROM work_pool
                LEFT JOIN work_queue
                    ON work_queue.id = work_pool.default_queue_id AND work_queue.pool_id = work_pool.id
                WHERE work_queue.id IS NULL
                """),
        Invariant(
            complaint: "counts for no automation",
            sql: """
                SELECT 'trigger ' || trigger_id FROM trigger_bucket
                LEFT JOIN automation ON automation.id = trigger_bucket.automation_id WHERE automation.id IS NULL
                UNION ALL
                SELECT 'trigger ' || trigger_id FROM trigger_firing
                LEFT JOIN automation ON automation.id = trigger_firing.automation_id WHERE automation.id IS NULL
                """),
        Invariant(
            complaint: "belongs to no deployment, or is to make runs although it or its deployment is paused",
            sql: """
                SELECT 'schedule ' || deployment_schedule.id FROM deployment_schedule
                LEFT JOIN deployment ON deployment.id = deployment_schedule.deployment_id
                WHERE deployment.id IS NULL
                    OR (deployment_schedule.next_expansion IS NULL)
                        = (deployment_schedule.is_active = TRUE AND deployment.is_paused = FALSE)
                """),
    ]
}
