public import Domain

extension Store {
    /// Records that the process of an attempt at `maker` made this run, and executes it itself.
    public func setMaker(of run: ID<FlowRun>, to maker: ID<FlowRun>) throws(StorageError) {
        try execute("UPDATE run SET maker_id = $1 WHERE id = $2", .id(maker), .id(run))
        try execute("UPDATE run SET has_made_runs = TRUE WHERE id = $1 AND has_made_runs = FALSE", .id(maker))
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
