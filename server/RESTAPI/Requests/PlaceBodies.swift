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
        tags = reader.has("tags") ? try reader.required("tags") : nil
    }
}

/// A work pool as clients want it.
struct WorkPoolBody: JSONReadable, Sendable {
    let request: WorkPoolRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = WorkPoolRequest(name: try reader.required("name"))
        request.type = try reader.optional("type") ?? request.type
        request.description = try reader.optional("description")
        request.isPaused = try reader.optional("is_paused") ?? false
        request.concurrencyLimit = try reader.optional("concurrency_limit")
        request.baseJobTemplate = try reader.optional("base_job_template") ?? [:]
        self.request = request
    }
}

/// What of a work pool is changed: what is absent stays, and null removes what need not be there.
struct WorkPoolChanges: JSONReadable, Sendable {
    private let description: Change<String>
    private let concurrencyLimit: Change<Int>
    private let isPaused: Bool?
    private let baseJobTemplate: JSONObject?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        description = try Change(reader, "description")
        concurrencyLimit = try Change(reader, "concurrency_limit")
        isPaused = try reader.optional("is_paused")
        baseJobTemplate = try reader.optional("base_job_template")
    }

    @Sendable func apply(to pool: inout WorkPool) {
        description.apply(to: &pool.description)
        concurrencyLimit.apply(to: &pool.concurrencyLimit)
        pool.isPaused = isPaused ?? pool.isPaused
        pool.baseJobTemplate = baseJobTemplate ?? pool.baseJobTemplate
    }
}

/// A work queue as clients want it.
struct WorkQueueBody: JSONReadable, Sendable {
    let request: WorkQueueRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = WorkQueueRequest(name: try reader.required("name"))
        request.description = try reader.optional("description") ?? ""
        request.isPaused = try reader.optional("is_paused") ?? false
        request.concurrencyLimit = try reader.optional("concurrency_limit")
        request.priority = try reader.optional("priority")
        self.request = request
    }
}

/// What of a work queue is changed.
struct WorkQueueChanges: JSONReadable, Sendable {
    private let name: String?
    private let description: String?
    private let isPaused: Bool?
    private let concurrencyLimit: Change<Int>
    private let priority: Int?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.optional("name")
        description = try reader.optional("description")
        isPaused = try reader.optional("is_paused")
        concurrencyLimit = try Change(reader, "concurrency_limit")
        priority = try reader.optional("priority")
    }

    @Sendable func apply(to queue: inout WorkQueue) {
        queue.name = name ?? queue.name
        queue.description = description ?? queue.description
        queue.isPaused = isPaused ?? queue.isPaused
        concurrencyLimit.apply(to: &queue.concurrencyLimit)
        queue.priority = priority ?? queue.priority
    }
}

/// What becomes of something that need not be there.
enum Change<Value: JSONReadable & Sendable>: Sendable {
    case none
    case set(Value?)

    init(_ reader: JSONReader, _ key: String) throws(JSONReadingError) {
        self = reader.has(key) ? .set(try reader.optional(key)) : .none
    }

    func apply(to value: inout Value?) {
        if case .set(let wanted) = self { value = wanted }
    }
}
