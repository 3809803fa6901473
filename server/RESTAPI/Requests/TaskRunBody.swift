import Domain
import JSON
import Orchestration

/// A task run as clients ask for it.
struct TaskRunBody: JSONReadable, Sendable {
    private let request: TaskRunRequest
    private let state: StateBody?

    static let policyMembers = KnownMembers([
        "max_retries": .whole, "retry_delay_seconds": .number, "retries": .whole, "retry_delay": .delays,
        "retry_jitter_factor": .number,
    ])

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = TaskRunRequest(
            taskKey: try reader.required("task_key"), dynamicKey: try reader.required("dynamic_key"))
        request.id = try reader.optional("id")
        request.flowRunID = try reader.optional("flow_run_id")
        request.name = try reader.optional("name")
        request.cacheKey = try reader.optional("cache_key")
        request.cacheExpiration = try reader.optional("cache_expiration")
        request.taskVersion = try reader.optional("task_version")
        request.empiricalPolicy = try reader.optional("empirical_policy").map(Self.policyMembers.read) ?? [:]
        request.tags = try reader.optional("tags") ?? []
        request.labels = try reader.optional("labels") ?? [:]
        request.taskInputs = try reader.optional("task_inputs") ?? [:]
        self.request = request
        state = try reader.optional("state")
    }

    /// - Parameter id: of its first state, if it is given one.
    func request(stateID id: @autoclosure () -> ID<RunState>, at now: Timestamp) -> TaskRunRequest {
        var request = request
        request.state = state?.state(id(), at: now)
        return request
    }
}

/// What of a task run is changed.
struct TaskRunChanges: JSONReadable, Sendable {
    let name: String?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.optional("name")
    }
}
