public import Domain
public import JSON

/// A flow run.
public struct RunResource: APIResource {
    public let json: JSONValue
    public let id: String
    public let name: String
    public let flowName: String?
    public let deploymentName: String?
    public let state: StateResource?
    public let parameters: JSONObject
    public let tags: [String]
    /// The id of the run that this one repeats with other parameters.
    public let repeats: String?
    /// The version of its deployment that it executed, or is to execute as things are.
    public let deploymentVersion: Int?
    public let attempt: Int
    public let agentName: String?
    public let poolName: String?
    public let queueName: String?
    public let batchID: String?
    /// The higher, the sooner among the ready ones of its queue.
    public let priority: Int
    public let created: Timestamp?
    public let expectedStart: Timestamp?
    public let started: Timestamp?
    public let ended: Timestamp?
    /// The span of time whose data it is for, if a schedule or a backfill has made it.
    public let intervalStart: Timestamp?
    public let intervalEnd: Timestamp?
    /// What it has not kept of what is expected of its deployment's runs.
    public let breaches: [BreachResource]
    /// Whether an agent that serves its queue is online; said when the run is made.
    public let isServed: Bool?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.text("name") ?? ""
        flowName = try reader.text("flow_name")
        deploymentName = try reader.text("deployment_name")
        state = try reader.optional("state")
        parameters = try reader.optional("parameters") ?? [:]
        tags = try reader.optional("tags") ?? []
        repeats = try reader.optional("labels")?.text(Self.repeatsLabel)
        deploymentVersion = try reader.integer("deployment_version_number")
        attempt = try reader.integer("attempt") ?? 0
        agentName = try reader.text("agent_name")
        poolName = try reader.text("work_pool_name")
        queueName = try reader.text("work_queue_name")
        batchID = try reader.text("batch_id")
        priority = try reader.integer("priority") ?? 0
        created = try reader.time("created")
        expectedStart = try reader.time("expected_start_time")
        started = try reader.time("start_time")
        ended = try reader.time("end_time")
        intervalStart = try reader.time("data_interval_start")
        intervalEnd = try reader.time("data_interval_end")
        breaches = try reader.optional("sla_breaches") ?? []
        isServed = try reader.optional("is_served")?.bool
    }

    /// The label that names the run that a run repeats.
    public static let repeatsLabel = "sluice.repeats"

    /// `FLOW/DEPLOYMENT`, or as much of it as there is.
    public var path: String {
        [flowName, deploymentName].compactMap { $0 }.joined(separator: "/")
    }
}

/// One try at executing a run.
public struct AttemptResource: APIResource {
    public let json: JSONValue
    public let attempt: Int
    public let agentName: String?
    public let granted: Timestamp?
    public let ended: Timestamp?
    public let outcome: String?
    public let message: String?
    public let exitCode: Int?
    public let signal: Int?
    /// Processor time of the program and its children, in seconds.
    public let cpuSeconds: Double?
    public let peakMemoryBytes: Int?
    /// Which code it executed: a commit, or a digest or version of what was fetched.
    public let codeRevision: String?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        attempt = try reader.required("attempt").int
        agentName = try reader.text("agent_name")
        granted = try reader.time("granted")
        ended = try reader.time("ended")
        outcome = try reader.text("outcome")
        message = try reader.text("message")
        exitCode = try reader.integer("exit_code")
        signal = try reader.integer("signal")
        cpuSeconds = try reader.optional("cpu_seconds")?.double
        peakMemoryBytes = try reader.integer("peak_memory_bytes")
        codeRevision = try reader.text("code_revision")
    }
}

/// Why a run is where it is.
public struct ExplanationResource: APIResource {
    /// One reason of several.
    public struct Reason: JSONReadable, Sendable {
        public let code: String
        public let message: String
        public let remedy: String?

        /// - Throws: `JSONReadingError`.
        public init(reading reader: JSONReader) throws(JSONReadingError) {
            code = try reader.text("code") ?? ""
            message = try reader.required("message").string
            remedy = try reader.text("remedy")
        }
    }

    public let json: JSONValue
    public let state: StateResource?
    public let summary: String
    public let reasons: [Reason]

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        state = try reader.optional("state")
        summary = try reader.text("summary") ?? ""
        reasons = try reader.optional("reasons") ?? []
    }
}
