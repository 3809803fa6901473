public import Domain
public import JSON

/// A flow made runnable.
public struct DeploymentResource: APIResource {
    public let json: JSONValue
    public let id: String
    public let name: String
    public let flowName: String
    public let description: String?
    /// What those who deployed it call this version of it.
    public let version: String?
    /// The number of its newest version.
    public let versionNumber: Int
    public let isPaused: Bool
    public let poolName: String?
    public let queueName: String?
    public let tags: [String]
    public let parameters: JSONObject
    public let parameterSchema: JSONValue?
    /// What a Sluice agent executes; nothing for deployments of Prefect's own workers.
    public let execution: JSONValue?
    /// How many of its runs may execute at once.
    public let concurrencyLimit: Int?
    /// What becomes of a run that finds the limit reached, where that is said.
    public let collision: String?
    /// What is expected of its runs.
    public let serviceLevel: ServiceLevel?
    public let updated: Timestamp?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.required("name").string
        flowName = try reader.text("flow_name") ?? ""
        description = try reader.text("description")
        version = try reader.text("version")
        versionNumber = try reader.integer("version_number") ?? 1
        isPaused = try reader.optional("paused")?.bool ?? false
        poolName = try reader.text("work_pool_name")
        queueName = try reader.text("work_queue_name")
        tags = try reader.optional("tags") ?? []
        parameters = try reader.optional("parameters") ?? [:]
        parameterSchema = try reader.optional("parameter_openapi_schema")?.value
        execution = try reader.optional("execution")?.value
        concurrencyLimit = try reader.optional("global_concurrency_limit")?.integer("limit")
        collision = try reader.optional("concurrency_options")?.text("collision_strategy")
        serviceLevel = try reader.optional("sla")
        updated = try reader.time("updated")
    }

    /// `FLOW/DEPLOYMENT`
    public var path: String { "\(flowName)/\(name)" }
}

/// Something that a deployment or a run of it has not kept of what is expected of them.
public struct BreachResource: APIResource {
    public let json: JSONValue
    public let kind: String
    public let limit: ServiceLevel.Bound
    /// Nothing where a run is what is missing.
    public let runName: String?
    public let since: Timestamp?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        kind = try reader.required("sla").string
        limit = try reader.required("limit")
        runName = try reader.text("flow_run_name")
        since = try reader.time("since")
    }
}

/// What a deployment was once.
public struct VersionResource: APIResource {
    public let json: JSONValue
    /// From 1, the first.
    public let number: Int
    public let created: Timestamp?
    /// The version that it repeats, if a rollback made it.
    public let restoredFrom: Int?
    /// What those who deployed it call it.
    public let label: String?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        number = try reader.required("number").int
        created = try reader.time("created")
        restoredFrom = try reader.integer("restored_from")
        label = try reader.text("version")
    }
}

/// A unit of work that somebody wrote.
public struct FlowResource: APIResource {
    public let json: JSONValue
    public let id: String
    public let name: String
    public let tags: [String]
    public let created: Timestamp?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.required("name").string
        tags = try reader.optional("tags") ?? []
        created = try reader.time("created")
    }
}

/// A kind of place where runs execute.
public struct PoolResource: APIResource {
    public let json: JSONValue
    public let id: String
    public let name: String
    public let type: String
    public let description: String?
    public let isPaused: Bool
    /// How many of its runs may execute at once.
    public let concurrencyLimit: Int?
    /// How often its runs may start, as people write it.
    public let rateLimit: String?
    /// After how many seconds a wait weighs as much as one step of priority; 0 for never.
    public let ageing: Double

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.required("name").string
        type = try reader.text("type") ?? ""
        description = try reader.text("description")
        isPaused = try reader.optional("is_paused")?.bool ?? false
        concurrencyLimit = try reader.integer("concurrency_limit")
        rateLimit = try reader.text("rate_limit")
        ageing = try reader.optional("ageing")?.double ?? 0
    }
}

/// A queue in a pool.
public struct QueueResource: APIResource {
    public let json: JSONValue
    public let id: String
    public let name: String
    public let poolName: String?
    public let isPaused: Bool
    /// How many of its runs may execute at once.
    public let concurrencyLimit: Int?
    /// How often its runs may start, as people write it.
    public let rateLimit: String?
    /// The lower, the sooner among the queues of its pool.
    public let priority: Int
    /// How many runs are in each type of state, ended ones left out.
    public let runs: [String: Int]
    /// How many agents that serve it are there.
    public let agentsOnline: Int

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.required("name").string
        poolName = try reader.text("work_pool_name")
        isPaused = try reader.optional("is_paused")?.bool ?? false
        concurrencyLimit = try reader.integer("concurrency_limit")
        rateLimit = try reader.text("rate_limit")
        priority = try reader.integer("priority") ?? 1
        runs = try reader.optional("runs") ?? [:]
        agentsOnline = try reader.integer("agents_online") ?? 0
    }
}

/// An agent.
public struct AgentResource: APIResource {
    public let json: JSONValue
    public let id: String
    public let name: String
    public let host: String
    public let version: String
    public let poolName: String
    /// None for all of the pool.
    public let queues: [String]
    public let slots: Int
    /// How many of the slots hold a run.
    public let held: Int
    public let labels: [String: String]
    /// What its runs may ask for, together, and how much of that they take.
    public let offer, offerHeld: Resources
    public let isOnline: Bool
    public let lastSeen: Timestamp?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.required("name").string
        host = try reader.text("host") ?? ""
        version = try reader.text("version") ?? ""
        poolName = try reader.text("pool_name") ?? ""
        queues = try reader.optional("queues") ?? []
        slots = try reader.integer("slots") ?? 0
        held = try reader.integer("held") ?? 0
        labels = try reader.optional("labels") ?? [:]
        offer = try reader.optional("offer", as: Requirements.self)?.resources ?? .none
        offerHeld = try reader.optional("offer_held", as: Requirements.self)?.resources ?? .none
        isOnline = try reader.text("status") == "ONLINE"
        lastSeen = try reader.time("last_seen")
    }
}

/// Runs that were submitted together.
public struct BatchResource: APIResource {
    public let json: JSONValue
    public let id: String
    public let name: String?
    public let size: Int
    public let isPaused: Bool
    /// How many of its runs may execute at once; nothing for any number.
    public let maximumConcurrent: Int?
    public let flowName: String?
    public let deploymentName: String?
    public let created: Timestamp?
    public let progress: BatchProgress

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.text("name")
        size = try reader.required("size").int
        isPaused = try reader.optional("is_paused")?.bool ?? false
        maximumConcurrent = try reader.integer("max_concurrent")
        flowName = try reader.text("flow_name")
        deploymentName = try reader.text("deployment_name")
        created = try reader.time("created")
        progress = try BatchProgress(reading: reader)
    }

    /// `FLOW/DEPLOYMENT`, or as much of it as there is.
    public var path: String { [flowName, deploymentName].compactMap { $0 }.joined(separator: "/") }
}

/// What came of a backfill.
public struct BackfillResource: APIResource {
    public let json: JSONValue
    /// Nothing where nothing is run.
    public let batch: BatchResource?
    public let runs: Int
    /// The logical date of the first run, and of the last.
    public let first: Timestamp?
    public let last: Timestamp?
    /// How many dates were left out, by why: `completed`, `failed`, `under way`.
    public let skipped: [(reason: String, count: Int)]

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        batch = try reader.optional("batch")
        runs = try reader.required("runs").int
        first = try reader.time("first")
        last = try reader.time("last")
        let counts: JSONObject = try reader.required("skipped")
        skipped = counts.map { ($0.key.replacing("_", with: " "), $0.value.intValue ?? 0) }
    }
}

/// How far a batch has come.
public struct BatchProgress: APIResource, Hashable {
    public let json: JSONValue
    public let size: Int
    public let runs: [StateType: Int]

    public init(size: Int, runs: [StateType: Int]) {
        self.size = size
        self.runs = runs
        let counts = runs.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, JSONValue($0.value)) }
        json = ["size": JSONValue(size), "runs": .object(JSONObject(counts))]
    }

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        size = try reader.required("size").int
        let counts: [String: Int] = try reader.optional("runs") ?? [:]
        runs = Dictionary(
            counts.compactMap { name, count in StateType(rawValue: name).map { ($0, count) } }, uniquingKeysWith: +)
    }

    /// How many runs are in states that nothing follows.
    public var endedCount: Int { runs.filter(\.key.isTerminal).values.reduce(0, +) }
}

/// The server itself.
public struct ServerResource: APIResource {
    public let json: JSONValue
    public let version: String
    /// `HOST:PORT` where agents connect.
    public let agentEndpoint: String
    public let publicURL: String?
    /// Where it keeps everything, on its own host.
    public let dataDirectory: String?
    public let started: Timestamp?
    /// How many runs are in each type of state.
    public let runs: [String: Int]
    public let agentsOnline: Int

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        version = try reader.text("version") ?? ""
        agentEndpoint = try reader.text("agent_endpoint") ?? ""
        publicURL = try reader.text("public_url")
        dataDirectory = try reader.text("data_directory")
        started = try reader.time("started")
        runs = try reader.optional("runs") ?? [:]
        agentsOnline = try reader.integer("agents_online") ?? 0
    }
}
