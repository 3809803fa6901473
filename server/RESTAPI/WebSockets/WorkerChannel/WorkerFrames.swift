import Domain
import JSON
import Orchestration

/// What a worker says over its channel. Nothing in it may be unknown, as with Prefect's server.
enum WorkerFrame: JSONReadable, Sendable {
    case hello(WorkerHello)
    case heartbeat(WorkerSign)
    case cleanup(CleanupReport)

    init(reading reader: JSONReader) throws(JSONReadingError) {
        try reader.forbidExtraKeys(besides: ["type", "id", "sent_at", "payload"])
        let id: ID<WorkerFrame> = try reader.required("id")
        let _: Timestamp = try reader.required("sent_at")
        let type = try reader.required("type")
        let payload = try reader.required("payload")
        switch try type.string {
        case "worker.hello.v1": self = .hello(try payload.read())
        case "worker.heartbeat.v1": self = .heartbeat(try payload.read())
        case "cleanup.ack.v1": self = .cleanup(try CleanupReport("ack", of: id, payload))
        case "cleanup.release.v1": self = .cleanup(try CleanupReport("release", of: id, payload))
        case "cleanup.renew.v1": self = .cleanup(try CleanupReport("renew", of: id, payload))
        default: throw type.error("union_tag_invalid", "Input should be the type of a frame that workers send")
        }
    }
}

/// The first frame: who the worker is, and what it wants.
struct WorkerHello: JSONReadable, Sendable {
    static let version = "work_pool_worker_channel.v1"
    /// What a channel is good for, and what this server does over it.
    static let capabilities = ["worker_heartbeat.v1", "work_pool_snapshot.v1"]
    private static let cleanup = "cleanup_delivery.v1"
    private static let members: Set<String> = [
        "consumer_id", "worker_name", "worker_type", "heartbeat_interval_seconds", "supported_channel_versions",
        "requested_capabilities", "work_queue_names", "handled_cleanup_kinds", "max_cleanup_concurrency",
        "create_pool_if_not_found", "default_base_job_template", "worker_metadata",
    ]

    let sign: WorkerSign
    let introduction: WorkerIntroduction
    let speaksOurVersion: Bool
    /// What it asks for and does not get.
    let rejected: [String]

    init(reading reader: JSONReader) throws(JSONReadingError) {
        try reader.forbidExtraKeys(besides: Self.members)
        sign = try WorkerSign(members: reader)
        introduction = WorkerIntroduction(
            name: sign.name, type: try reader.required("worker_type").filledText, interval: sign.interval,
            queueNames: try reader.texts("work_queue_names"),
            makesPool: try reader.optional("create_pool_if_not_found") ?? false,
            jobTemplate: try reader.optional("default_base_job_template") ?? [:])
        let versions = try reader.texts("supported_channel_versions", atLeast: 1)
        speaksOurVersion = versions.contains(Self.version)
        let wanted = try reader.texts("requested_capabilities", atLeast: 1)
        guard Self.capabilities.allSatisfy(wanted.contains) else {
            throw reader.valueError("Missing required channel capabilities")
        }
        let kinds = try reader.texts("handled_cleanup_kinds")
        let concurrency = try reader.number("max_cleanup_concurrency", from: 0) ?? 0
        guard wanted.contains(Self.cleanup) || (kinds.isEmpty && concurrency == 0) else {
            throw reader.valueError("cleanup kinds require `cleanup_delivery.v1`")
        }
        var seen: Set<String> = []
        rejected = wanted.filter { !Self.capabilities.contains($0) && seen.insert($0).inserted }
    }
}

/// A worker's sign of life.
struct WorkerSign: JSONReadable, Sendable {
    let consumer: ID<WorkerHello>
    let name: String
    /// How often it gives one.
    let interval: Duration

    init(reading reader: JSONReader) throws(JSONReadingError) {
        try reader.forbidExtraKeys(besides: ["consumer_id", "worker_name", "heartbeat_interval_seconds"])
        try self.init(members: reader)
    }

    fileprivate init(members reader: JSONReader) throws(JSONReadingError) {
        consumer = try reader.required("consumer_id")
        name = try reader.required("worker_name").filledText
        let seconds = try reader.number("heartbeat_interval_seconds", from: 1)
        guard let seconds else { throw reader.error("missing", "Field required: heartbeat_interval_seconds") }
        interval = .seconds(min(seconds, WorkerHeartbeatBody.longest))
    }
}

/// What a worker says of a clean-up that somebody asked it for: not this server, which asks for none.
struct CleanupReport: Sendable {
    let operation: String
    let frame: ID<WorkerFrame>
    let message: ID<CleanupReport>

    fileprivate init(_ operation: String, of frame: ID<WorkerFrame>, _ reader: JSONReader) throws(JSONReadingError) {
        let reason: Set<String> = operation == "release" ? ["reason"] : []
        try reader.forbidExtraKeys(besides: reason.union(["message_id", "reservation_token"]))
        _ = try reader.required("reservation_token").filledText
        if !reason.isEmpty { _ = try reader.required("reason").filledText }
        (self.operation, self.frame, message) = (operation, frame, try reader.required("message_id"))
    }
}

extension JSONReader {
    /// A text with something in it.
    fileprivate var filledText: String {
        get throws(JSONReadingError) {
            let text = try string
            guard !text.isEmpty else { throw error("string_too_short", "String should have at least 1 character") }
            return text
        }
    }

    fileprivate func texts(_ key: String, atLeast least: Int = 0) throws(JSONReadingError) -> [String] {
        guard let member = least > 0 ? try required(key) : try optional(key) else { return [] }
        var texts: [String] = []
        for element in try member.array { texts.append(try element.filledText) }
        guard texts.count >= least else {
            throw member.error("too_short", "List should have at least \(least) item after validation, not 0")
        }
        return texts
    }
}
