import Domain
public import JSON
import Storage

/// Which work pools: `work_pools` in Prefect's API.
public struct WorkPoolFilter: JSONReadable, Sendable {
    let condition: Condition

    /// Reads the filter as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var group = try FilterGroup(reader)
        try group.ids("id", of: WorkPool.self, in: "work_pool.id")
        try group.text("name", in: "work_pool.name")
        try group.text("type", in: "work_pool.type")
        condition = try group.condition
    }
}

/// Which work queues: `work_queues`, and beside other filters `work_pool_queues`, in Prefect's API.
public struct WorkQueueFilter: JSONReadable, Sendable {
    let condition: Condition

    /// Reads the filter as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var group = try FilterGroup(reader)
        try group.ids("id", of: WorkQueue.self, in: "work_queue.id")
        try group.text("name", in: "work_queue.name")
        condition = try group.condition
    }
}

/// Which agents.
public struct AgentFilter: JSONReadable, Sendable {
    let condition: Condition

    /// Reads the filter as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var group = try FilterGroup(reader)
        try group.ids("id", of: Agent.self, in: "agent.id")
        try group.text("name", in: "agent.name")
        try group.text("host", in: "agent.host")
        condition = try group.condition
    }
}

/// Which batches.
public struct BatchFilter: JSONReadable, Sendable {
    let condition: Condition

    /// Reads the filter as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var group = try FilterGroup(reader)
        try group.ids("id", of: Batch.self, in: "batch.id")
        try group.text("name", in: "batch.name")
        try group.ids("deployment_id", of: Deployment.self, in: "batch.deployment_id")
        condition = try group.condition
    }
}
