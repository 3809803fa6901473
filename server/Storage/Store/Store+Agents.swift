public import Domain
import JSON

extension Store {
    private static let agentColumns = """
        id, name, host, version, pool_id, queues, slots, labels, cpu, memory, gpu, last_seen, left_at, created
        """

    private static func agent(_ reader: inout RowReader) throws(StorageError) -> Agent {
        Agent(
            id: try reader.id(), name: try reader.text(), host: try reader.text(), version: try reader.text(),
            poolID: try reader.id(), queueNames: try reader.strings(), slots: try reader.int(),
            labels: try labels(try reader.object()), offer: try resources(&reader), lastSeen: try reader.time(),
            leftAt: try reader.optionalTime(),
            created: try reader.time())
    }

    private static func resources(_ reader: inout RowReader) throws(StorageError) -> Resources {
        Resources(cpu: try reader.int(), memory: try reader.int(), gpu: try reader.int())
    }

    private static func labels(_ object: JSONObject) throws(StorageError) -> [String: String] {
        Dictionary(object.map { ($0.key, $0.value.stringValue ?? "") }, uniquingKeysWith: { $1 })
    }

    /// Stores an agent as it says that it is.
    public func put(_ agent: Agent) throws(StorageError) {
        let labels = JSONObject(agent.labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
        try execute(
            """
            INSERT INTO agent (\(Self.agentColumns)) VALUES (\(placeholders(14)))
            ON CONFLICT (id) DO UPDATE SET name = $2, host = $3, version = $4, pool_id = $5, queues = $6, slots = $7,
                labels = $8, cpu = $9, memory = $10, gpu = $11, last_seen = $12, left_at = $13
            """,
            .id(agent.id), .text(agent.name), .text(agent.host), .text(agent.version), .id(agent.poolID),
            .strings(agent.queueNames), .int(agent.slots), .json(labels), .int(agent.offer.cpu),
            .int(agent.offer.memory), .int(agent.offer.gpu), .time(agent.lastSeen), .time(agent.leftAt),
            .time(agent.created))
    }

    /// The agent of that id, whether it is there or not.
    public func agent(_ id: ID<Agent>) throws(StorageError) -> Agent? {
        try rows("SELECT \(Self.agentColumns) FROM agent WHERE id = $1", .id(id)).decoded(Self.agent).first
    }

    /// The agents that a query asks for.
    public func agents(_ query: Query) throws(StorageError) -> [Agent] {
        try select(Self.agentColumns, from: "agent", query).decoded(Self.agent)
    }

    /// Every agent that has ever served the pool.
    public func agents(of pool: ID<WorkPool>) throws(StorageError) -> [Agent] {
        try rows("SELECT \(Self.agentColumns) FROM agent WHERE pool_id = $1", .id(pool)).decoded(Self.agent)
    }

    /// Records when an agent was last heard of, unless it has said goodbye.
    public func sawAgent(_ id: ID<Agent>, at time: Timestamp) throws(StorageError) {
        try execute("UPDATE agent SET last_seen = $1 WHERE id = $2 AND left_at IS NULL", .time(time), .id(id))
    }

    /// Records that an agent has said goodbye.
    public func agentLeft(_ id: ID<Agent>, at now: Timestamp) throws(StorageError) {
        try execute("UPDATE agent SET last_seen = $1, left_at = $1 WHERE id = $2", .time(now), .id(id))
    }

    /// Forgets an agent; what it did stays in the attempts.
    public func deleteAgent(_ id: ID<Agent>) throws(StorageError) {
        try execute("DELETE FROM agent WHERE id = $1", .id(id))
    }

    /// What the live leases of each agent take of what it offers.
    public func heldByAgent() throws(StorageError) -> [ID<Agent>: Resources] {
        let pairs = try rows(
            """
            SELECT agent_id, CAST(sum(cpu) AS BIGINT), CAST(sum(memory) AS BIGINT), CAST(sum(gpu) AS BIGINT)
            FROM lease WHERE cpu IS NOT NULL GROUP BY agent_id
            """
        ).decoded { reader throws(StorageError) in (try reader.id(Agent.self), try Self.resources(&reader)) }
        return Dictionary(pairs, uniquingKeysWith: { $1 })
    }

    /// The runs that hold some of what an agent offers, and how much of it each.
    public func holders(ofResourcesOf agent: ID<Agent>) throws(StorageError) -> [(run: ID<FlowRun>, held: Resources)] {
        try rows(
            """
            SELECT run_id, cpu, memory, gpu FROM lease WHERE agent_id = $1 AND cpu IS NOT NULL ORDER BY run_id
            """, .id(agent)
        ).decoded { reader throws(StorageError) in (try reader.id(), try Self.resources(&reader)) }
    }

    /// How many runs each agent holds.
    public func occupancyByAgent() throws(StorageError) -> [ID<Agent>: Int] {
        let pairs = try rows("SELECT agent_id, count(*) FROM lease GROUP BY agent_id")
            .decoded { reader throws(StorageError) in (try reader.id(Agent.self), try reader.int()) }
        return Dictionary(pairs, uniquingKeysWith: +)
    }
}
