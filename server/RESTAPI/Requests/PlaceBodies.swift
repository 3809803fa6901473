import Domain
import JSON
import Orchestration

/// A flow as clients want it.
struct FlowBody: JSONReadable, Sendable {
    let name: String
    let tags: [String]
    let labels: JSONObject

    init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.required("name")
        tags = try reader.optional("tags") ?? []
        labels = try reader.optional("labels") ?? [:]
    }
}

/// What of a flow is changed: what is absent stays.
struct FlowChanges: JSONReadable, Sendable {
    let tags: [String]?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        tags = try reader.object.contains(key: "tags") ? try reader.required("tags") : nil
    }
}

/// A work pool as clients want it.
struct WorkPoolBody: JSONReadable, Sendable {
    let request: WorkPoolRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = WorkPoolRequest(name: try reader.name("name"))
        request.type = try reader.optional("type") ?? WorkPool.agentType
        request.description = try reader.optional("description")
        request.isPaused = try reader.optional("is_paused") ?? false
        request.concurrencyLimit = try reader.number("concurrency_limit", from: 0)
        request.rateLimit = try reader.optional("rate_limit")
        request.ageing = try reader.ageing()
        request.baseJobTemplate = try reader.jobTemplate() ?? [:]
        request.storageConfiguration = try reader.optional("storage_configuration")?.givenMembers ?? [:]
        self.request = request
    }
}

extension JSONReader {
    /// Seconds; 0 where waiting makes up for nothing.
    fileprivate func ageing() throws(JSONReadingError) -> Duration? {
        guard let member = try optional("ageing") else { return nil }
        let seconds = try member.double
        guard seconds == 0 || (0.001...WorkPool.longestAgeing.inSeconds).contains(seconds) else {
            throw member.error(
                "ageing", "Input should be 0, or a number of seconds from 0.001 to \(WorkPool.longestAgeing.inSeconds)")
        }
        return .microseconds(Int64((seconds * 1e6).rounded()))
    }

    /// A pool's base job template; an empty one is none.
    fileprivate func jobTemplate() throws(JSONReadingError) -> JSONObject? {
        guard let member = try optional("base_job_template") else { return nil }
        let object = try member.object
        guard !object.isEmpty else { return object }
        guard let template = JobTemplate(object) else {
            throw member.valueError(
                "The `base_job_template` must contain both a `job_configuration` key and a `variables` key."
            )
        }
        guard template.undeclared.isEmpty else {
            throw member.valueError(
                "The variables specified in the job configuration template must be present as properties in "
                    + "the variables schema. Your job configuration uses the following undeclared variable(s): "
                    + template.undeclared.joined(separator: ", ") + ".")
        }
        return object
    }
}

/// What of a work pool is changed: what is absent stays, and null removes what need not be there.
struct WorkPoolChanges: JSONReadable, Sendable {
    private let description: Change<String>
    private let concurrencyLimit: Change<Int>
    private let rateLimit: Change<RateLimit>
    private let ageing: Duration??
    private let isPaused: Bool?
    private let baseJobTemplate: JSONObject?
    private let storageConfiguration: JSONObject?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        description = try Change(reader, "description")
        concurrencyLimit = try Change(reader, "concurrency_limit", from: 0)
        rateLimit = try Change(reader, "rate_limit")
        ageing = try reader.object.contains(key: "ageing") ? .some(try reader.ageing()) : .none
        isPaused = try reader.optional("is_paused")
        baseJobTemplate = try reader.jobTemplate()
        storageConfiguration = try reader.optional("storage_configuration")?.givenMembers
    }

    /// Whether nothing is changed but what may be changed of the pools that Prefect keeps to itself.
    var concernsOnlyWork: Bool {
        description.isNone && baseJobTemplate == nil && storageConfiguration == nil
    }

    @Sendable func apply(to pool: inout WorkPool) {
        description.apply(to: &pool.description)
        concurrencyLimit.apply(to: &pool.concurrencyLimit)
        rateLimit.apply(to: &pool.rateLimit)
        pool.ageing = ageing ?? pool.ageing
        pool.isPaused = isPaused ?? pool.isPaused
        pool.baseJobTemplate = baseJobTemplate ?? pool.baseJobTemplate
        pool.storageConfiguration = storageConfiguration ?? pool.storageConfiguration
    }
}

/// A work queue as clients want it.
struct WorkQueueBody: JSONReadable, Sendable {
    let request: WorkQueueRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = WorkQueueRequest(name: try reader.name("name"))
        request.description = try reader.optional("description") ?? ""
        request.isPaused = try reader.optional("is_paused") ?? false
        request.concurrencyLimit = try reader.number("concurrency_limit", from: 0)
        request.rateLimit = try reader.optional("rate_limit")
        request.priority = try reader.number("priority", from: 1)
        self.request = request
    }
}

/// What of a work queue is changed.
struct WorkQueueChanges: JSONReadable, Sendable {
    private let name: String?
    private let description: String?
    private let isPaused: Bool?
    private let concurrencyLimit: Change<Int>
    private let rateLimit: Change<RateLimit>
    private let priority: Int?
    private let lastPolled: Timestamp?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.optional("name")
        description = try reader.optional("description")
        isPaused = try reader.optional("is_paused")
        concurrencyLimit = try Change(reader, "concurrency_limit", from: 0)
        rateLimit = try Change(reader, "rate_limit")
        priority = try reader.number("priority", from: 1)
        lastPolled = try reader.optional("last_polled")
    }

    @Sendable func apply(to queue: inout WorkQueue) {
        queue.name = name ?? queue.name
        queue.description = description ?? queue.description
        queue.isPaused = isPaused ?? queue.isPaused
        concurrencyLimit.apply(to: &queue.concurrencyLimit)
        rateLimit.apply(to: &queue.rateLimit)
        queue.priority = priority ?? queue.priority
        queue.lastPolled = lastPolled ?? queue.lastPolled
    }
}

/// What becomes of something that need not be there.
enum Change<Value: JSONReadable & Sendable>: Sendable {
    case none
    case set(Value?)

    init(_ reader: JSONReader, _ key: String) throws(JSONReadingError) {
        self = try reader.object.contains(key: key) ? .set(try reader.optional(key)) : .none
    }

    /// Whether it stays as it is.
    var isNone: Bool { if case .none = self { true } else { false } }

    func apply(to value: inout Value?) {
        if case .set(let wanted) = self { value = wanted }
    }
}

extension Change<Int> {
    /// A number of `least` or more.
    init(_ reader: JSONReader, _ key: String, from least: Int) throws(JSONReadingError) {
        self = try reader.object.contains(key: key) ? .set(try reader.number(key, from: least)) : .none
    }
}

/// What a worker says when it says that it is there.
struct WorkerHeartbeatBody: JSONReadable, Sendable {
    let name: String
    /// How often it says so.
    let interval: Duration?

    /// Seconds: nobody waits for longer than some days before a worker is missed.
    static let longest = 86_400

    init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.required("name")
        interval = try reader.number("heartbeat_interval_seconds", from: 0).map { .seconds(min($0, Self.longest)) }
    }
}
