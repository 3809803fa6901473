import Domain
import JSON
import Orchestration

/// A deployment as clients want it.
struct DeploymentBody: JSONReadable, Sendable {
    let request: DeploymentRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = DeploymentRequest(
            name: try reader.required("name"), flowID: try reader.required("flow_id", as: ID<Flow>.self))
        request.version = try reader.optional("version")
        request.description = try reader.optional("description")
        request.isPaused = try DeploymentSchedules.isPaused(reader) ?? false
        request.tags = try reader.optional("tags") ?? []
        request.labels = try reader.optional("labels") ?? [:]
        request.parameters = try reader.optional("parameters") ?? [:]
        request.parameterSchema = try reader.optional("parameter_openapi_schema", as: JSONObject.self).map {
            .object($0)
        }
        // Prefect 2's clients, which alone name job variables so, know schemas that are not enforced unless they say so.
        request.enforcesParameterSchema =
            try reader.optional("enforce_parameter_schema") ?? !reader.has("infra_overrides")
        request.poolName = try reader.optional("work_pool_name")
        request.queueName = try reader.optional("work_queue_name")
        request.concurrencyLimit = try reader.number("concurrency_limit", from: 0)
        request.execution = try reader.optional("execution")
        request.retention = try reader.optional("retention")
        request.serviceLevel = try reader.optional("sla")
        request.triggers = try StatedTriggers(reading: reader).triggers
        request.jobVariables = try reader.jobVariables() ?? [:]
        request.extras = try DeploymentExtras.read(reader)
        request.kept = Self.unsaid(reader)
        request.schedules = try DeploymentSchedules.all(reader)
        self.request = request
    }

    /// What a Prefect client does not speak of stays as it is. A deployment of Sluice's own is what its document says.
    private static func unsaid(_ reader: JSONReader) -> Set<DeploymentRequest.Part> {
        guard !reader.has("execution") else { return [] }
        let said = DeploymentRequest.Part.allCases.filter { part in
            reader.has(part.rawValue) || (part == .jobVariables && reader.has("infra_overrides"))
        }
        return Set(DeploymentRequest.Part.allCases).subtracting(said)
    }
}

extension JSONReader {
    /// By the name of Prefect 3, or by that of Prefect 2.
    fileprivate func jobVariables() throws(JSONReadingError) -> JSONObject? {
        try optional(has("job_variables") ? "job_variables" : "infra_overrides")
    }
}

/// What of a deployment is changed: what is absent stays, and null removes what need not be there.
struct DeploymentChanges: JSONReadable, Sendable {
    /// Where its runs are to wait from now on, if that is said.
    let poolName: String?
    let queueName: String?
    /// Whether no pool is to serve it from now on.
    let leavesPool: Bool
    let schedules: ScheduleEdit
    private let edits: [@Sendable (inout Deployment) -> Void]

    init(reading reader: JSONReader) throws(JSONReadingError) {
        poolName = try reader.optional("work_pool_name")
        queueName = try reader.optional("work_queue_name")
        leavesPool = reader.has("work_pool_name") && poolName == nil
        schedules = try DeploymentSchedules.edit(reader)
        let extras = try DeploymentExtras.read(reader)
        var edits = Edits(reader)
        try edits.maybe("version", String.self) { $0.version = $1 }
        try edits.maybe("description", String.self) { $0.description = $1 }
        edits.set(try DeploymentSchedules.isPaused(reader)) { $0.isPaused = $1 }
        try edits.always("tags", [String].self) { $0.tags = $1 }
        try edits.always("labels", JSONObject.self) { $0.labels = $1 }
        try edits.always("parameters", JSONObject.self) { $0.parameters = $1 }
        try edits.maybe("parameter_openapi_schema", JSONObject.self) { $0.parameterSchema = $1.map { .object($0) } }
        try edits.always("enforce_parameter_schema", Bool.self) { $0.enforcesParameterSchema = $1 }
        try edits.maybe("concurrency_limit", Int.self) { $0.concurrencyLimit = $1 }
        try edits.maybe("execution", ExecutionSpec.self) { $0.execution = $1 }
        try edits.maybe("retention", RunRetention.self) { $0.retention = $1 }
        if let variables = try reader.jobVariables() { edits.all.append { $0.jobVariables = variables } }
        self.edits = edits.all + [{ $0.extras = $0.extras.merging(extras) }]
    }

    @Sendable func apply(to deployment: inout Deployment) {
        for edit in edits { edit(&deployment) }
    }
}

/// Collects what is to be done for the members that are there.
private struct Edits {
    let reader: JSONReader
    var all: [@Sendable (inout Deployment) -> Void] = []

    init(_ reader: JSONReader) { self.reader = reader }

    mutating func maybe<Value: JSONReadable & Sendable>(
        _ key: String, _: Value.Type, _ edit: @escaping @Sendable (inout Deployment, Value?) -> Void
    ) throws(JSONReadingError) {
        guard reader.has(key) else { return }
        let value: Value? = try reader.optional(key)
        all.append { edit(&$0, value) }
    }

    mutating func always<Value: JSONReadable & Sendable>(
        _ key: String, _: Value.Type, _ edit: @escaping @Sendable (inout Deployment, Value) -> Void
    ) throws(JSONReadingError) {
        set(try reader.optional(key), edit)
    }

    mutating func set<Value: Sendable>(_ value: Value?, _ edit: @escaping @Sendable (inout Deployment, Value) -> Void) {
        if let value { all.append { edit(&$0, value) } }
    }
}

/// What is kept of a deployment as it came, for those who sent it.
enum DeploymentExtras {
    static let members = KnownMembers([
        "pull_steps": .maps, "entrypoint": .text, "path": .text, "storage_document_id": .id,
        "infrastructure_document_id": .id, "version_info": .map,
    ])

    static func read(_ reader: JSONReader) throws(JSONReadingError) -> JSONObject {
        var given = try reader.object.merging(try members.read(reader))
        if let options = try reader.optional("concurrency_options") {
            given["concurrency_options"] = .object(try concurrency(options))
        }
        let keys = members.keys + ["concurrency_options"]
        return JSONObject(keys.compactMap { key in given[key].map { (key, $0) } })
    }

    private static func concurrency(_ options: JSONReader) throws(JSONReadingError) -> JSONObject {
        let strategy = try options.required("collision_strategy")
        guard CollisionStrategy(rawValue: try strategy.string) != nil else {
            throw strategy.error("enum", "Input should be 'ENQUEUE' or 'CANCEL_NEW'")
        }
        guard let grace = try options.optional("grace_period_seconds") else {
            return ["collision_strategy": strategy.value]
        }
        guard (60...86_400).contains(try grace.int) else {
            throw grace.error("greater_than_equal", "Input should be from 60 to 86400")
        }
        return ["collision_strategy": strategy.value, "grace_period_seconds": try grace.int.json]
    }
}

/// Which version a deployment is to go back to.
struct RollbackBody: JSONReadable, Sendable {
    /// Nothing for the one before the present one.
    let version: Int?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        version = try reader.optional("version")
    }
}

/// What somebody asks for who serves deployments by himself.
struct DeploymentPollBody: JSONReadable, Sendable {
    let deploymentIDs: [ID<Deployment>]
    let poll: Poll

    init(reading reader: JSONReader) throws(JSONReadingError) {
        deploymentIDs = try reader.required("deployment_ids")
        poll = try Poll(reading: reader)
    }
}
