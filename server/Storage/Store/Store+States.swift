public import Domain

extension Store {
    /// A state by its id, with the run that it belongs to. Looks through all histories: nothing that is done often
    /// asks for this.
    public func state(_ id: ID<RunState>) throws(StorageError) -> (state: RunState, run: ID<FlowRun>)? {
        let found = try rows(
            "SELECT run_id, id, type, name, timestamp, message, data, details FROM run_state WHERE id = $1", .id(id))
        guard var reader = found.first?.reader else { return nil }
        let run = try reader.id(FlowRun.self)
        return (try Self.state(&reader), run)
    }
}
