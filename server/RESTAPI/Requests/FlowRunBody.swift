import Domain
import JSON
import Orchestration

/// A run as clients ask for it, by itself or of a deployment.
struct FlowRunBody: JSONReadable, Sendable {
    private var request: RunRequest
    private let state: StateBody?

    static let policyMembers = KnownMembers([
        "max_retries": .whole, "retry_delay_seconds": .number, "retries": .whole, "retry_delay": .whole,
        "pause_keys": .list, "resuming": .flag, "retry_type": .text,
    ])

    init(reading reader: JSONReader) throws(JSONReadingError) {
        request = RunRequest()
        request.parameters = try reader.optional("parameters") ?? [:]
        request.name = try reader.optional("name")
        request.tags = try reader.optional("tags") ?? []
        request.labels = try reader.optional("labels") ?? [:]
        request.context = try reader.optional("context") ?? [:]
        request.jobVariables = try reader.optional("job_variables") ?? [:]
        request.empiricalPolicy = try reader.optional("empirical_policy").map(Self.policyMembers.read) ?? [:]
        request.idempotencyKey = try reader.optional("idempotency_key")
        request.queueName = try reader.optional("work_queue_name")
        request.priority = try reader.optional("priority")
        request.parentTaskRunID = try reader.optional("parent_task_run_id")
        request.flowVersion = try reader.optional("flow_version")
        request.enforcesParameterSchema = try reader.optional("enforce_parameter_schema")
        state = try reader.optional("state")
    }

    /// - Parameter id: of its first state, if it is given one.
    func request(stateID id: @autoclosure () -> ID<RunState>, at now: Timestamp) -> RunRequest {
        var request = request
        request.initialState = state?.state(id(), at: now)
        return request
    }
}

/// What `POST /flow_runs/` is given.
struct OwnFlowRunBody: JSONReadable, Sendable {
    let flowID: ID<Flow>
    let deploymentID: ID<Deployment>?
    let run: FlowRunBody

    init(reading reader: JSONReader) throws(JSONReadingError) {
        flowID = try reader.required("flow_id")
        deploymentID = try reader.optional("deployment_id")
        run = try FlowRunBody(reading: reader)
    }
}

/// What of a run is changed: what is absent stays.
struct FlowRunChanges: JSONReadable, Sendable {
    private let name: String?
    private let tags: [String]?
    private let parameters: JSONObject?
    private let empiricalPolicy: JSONObject?
    private let jobVariables: JSONObject?
    private let flowVersion: String?
    private let infrastructurePID: String?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.optional("name")
        tags = try reader.optional("tags")
        parameters = try reader.optional("parameters")
        empiricalPolicy = try reader.optional("empirical_policy").map(FlowRunBody.policyMembers.read)
        jobVariables = try reader.optional("job_variables")
        flowVersion = try reader.optional("flow_version")
        infrastructurePID = try reader.optional("infrastructure_pid")
    }

    @Sendable func apply(to run: inout FlowRun) {
        run.name = name ?? run.name
        run.tags = tags ?? run.tags
        run.parameters = parameters ?? run.parameters
        run.empiricalPolicy = empiricalPolicy ?? run.empiricalPolicy
        run.jobVariables = jobVariables ?? run.jobVariables
        run.flowVersion = flowVersion ?? run.flowVersion
        run.infrastructurePID = infrastructurePID ?? run.infrastructurePID
    }
}

/// Labels of a run, to be laid over those that it has: values that are neither objects nor lists.
struct LabelsBody: JSONReadable, Sendable {
    let labels: JSONObject

    init(reading reader: JSONReader) throws(JSONReadingError) {
        for (_, member) in try reader.members {
            switch member.value {
            case .bool, .integer, .number, .string: continue
            default: throw member.error("scalar_type", "Input should be a boolean, a number or a string")
            }
        }
        labels = try reader.object
    }
}

/// Why something is to be cancelled.
struct ReasonBody: JSONReadable, Sendable {
    let reason: String?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        reason = try reader.optional("reason")
    }
}
