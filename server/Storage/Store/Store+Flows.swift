public import Domain

extension Store {
    private static let flowColumns = "id, name, tags, labels, created, updated"

    private static func flow(_ reader: inout RowReader) throws(StorageError) -> Flow {
        Flow(
            id: try reader.id(), name: try reader.text(), tags: try reader.strings(), labels: try reader.object(),
            created: try reader.time(), updated: try reader.time())
    }

    /// The flow of that id.
    public func flow(_ id: ID<Flow>) throws(StorageError) -> Flow? {
        try rows("SELECT \(Self.flowColumns) FROM flow WHERE id = $1", .id(id)).decoded(Self.flow).first
    }

    /// The flow of that name.
    public func flow(named name: String) throws(StorageError) -> Flow? {
        try rows("SELECT \(Self.flowColumns) FROM flow WHERE name = $1", .text(name)).decoded(Self.flow).first
    }

    /// Adds a flow.
    public func insert(_ flow: Flow) throws(StorageError) {
        try execute(
            "INSERT INTO flow (\(Self.flowColumns)) VALUES (\(placeholders(6)))",
            .id(flow.id), .text(flow.name), .strings(flow.tags), .json(flow.labels), .time(flow.created),
            .time(flow.updated))
    }

    /// Stores what may change of a flow.
    public func update(_ flow: Flow) throws(StorageError) {
        try execute(
            "UPDATE flow SET tags = $1, labels = $2, updated = $3 WHERE id = $4", .strings(flow.tags),
            .json(flow.labels), .time(flow.updated), .id(flow.id))
    }

    /// The flows that a query asks for.
    public func flows(_ query: Query) throws(StorageError) -> [Flow] {
        try select(Self.flowColumns, from: "flow", query).decoded(Self.flow)
    }

    /// Forgets a flow.
    public func deleteFlow(_ id: ID<Flow>) throws(StorageError) {
        try execute("DELETE FROM flow WHERE id = $1", .id(id))
    }
}
