public import Domain

extension Store {
    /// Records that the process of an attempt at `maker` made this run, and executes it itself.
    public func setMaker(of run: ID<FlowRun>, to maker: ID<FlowRun>) throws(StorageError) {
        try execute("UPDATE run SET maker_id = $1 WHERE id = $2", .id(maker), .id(run))
        try execute("UPDATE run SET has_made_runs = TRUE WHERE id = $1 AND has_made_runs = FALSE", .id(maker))
    }

    /// The task runs of a run that its own process executes and has not ended: not those that other processes take, nor
    /// those that stand for runs which go on.
    public func openTaskRuns(of run: ID<FlowRun>) throws(StorageError) -> [TaskRun] {
        try taskRuns(
            Query(
                .test(
                    """
                    run_id = ? AND is_deferred = FALSE
                    AND (state_type IS NULL OR state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED'))
                    AND NOT EXISTS (
                        SELECT 1 FROM run AS child WHERE child.parent_task_run_id = task_run.id
                            AND child.state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED'))
                    """, [.id(run)])))
    }

    /// The runs that processes of `maker` made and that have not ended.
    public func openRuns(madeBy maker: ID<FlowRun>) throws(StorageError) -> [ID<FlowRun>] {
        try rows(
            """
            SELECT id FROM run
            WHERE maker_id = $1 AND state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') ORDER BY id
            """, .id(maker)
        ).decoded { reader throws(StorageError) in try reader.id() }
    }
}
