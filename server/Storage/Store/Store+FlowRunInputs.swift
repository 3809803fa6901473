public import Domain

extension Store {
    private static let inputColumns = "id, run_id, key, value, sender, created"

    private static func input(_ reader: inout RowReader) throws(StorageError) -> FlowRunInput {
        FlowRunInput(
            id: try reader.id(), runID: try reader.id(), key: try reader.text(), value: try reader.text(),
            sender: try reader.optionalText(), created: try reader.time())
    }

    /// What was handed to a run under that key.
    public func input(of run: ID<FlowRun>, key: String) throws(StorageError) -> FlowRunInput? {
        try rows(
            "SELECT \(Self.inputColumns) FROM flow_run_input WHERE run_id = $1 AND key = $2", .id(run), .text(key)
        ).decoded(Self.input).first
    }

    /// What was handed to a run under keys that begin with `prefix`, but for those in `excluded`; the oldest first.
    public func inputs(
        of run: ID<FlowRun>, prefix: String, excluding excluded: [String], limit: Int
    ) throws(StorageError) -> [FlowRunInput] {
        let condition = Condition.all([
            .test("run_id = ?", [.id(run)]), .hasPrefix("key", prefix),
            .not(.isAny("key", of: excluded.map { .text($0) })),
        ])
        return try select(
            Self.inputColumns, from: "flow_run_input", Query(condition, order: "created, id", limit: limit)
        ).decoded(Self.input)
    }

    /// Adds an input.
    public func insert(_ input: FlowRunInput) throws(StorageError) {
        try execute(
            "INSERT INTO flow_run_input (\(Self.inputColumns)) VALUES (\(placeholders(6)))",
            .id(input.id), .id(input.runID), .text(input.key), .text(input.value), .text(input.sender),
            .time(input.created))
    }

    /// Forgets an input.
    ///
    /// - Returns: whether there was one.
    public func deleteInput(of run: ID<FlowRun>, key: String) throws(StorageError) -> Bool {
        try !rows(
            "DELETE FROM flow_run_input WHERE run_id = $1 AND key = $2 RETURNING 1", .id(run), .text(key)
        ).isEmpty
    }
}
