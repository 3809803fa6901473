public import JSON

/// A fact that happened to something: a run entered a state, a worker started, a user's code said so.
///
/// Events are never judged: they come in any order, and more than once. The form is that of Prefect's events.
public struct Event: Sendable, Hashable {
    public let id: ID<Event>
    /// When it happened, by the clock of whoever tells of it.
    public var occurred: Timestamp
    /// When the server heard of it.
    public var received: Timestamp
    /// What happened: `prefect.flow-run.Running`.
    public var name: String
    /// What it happened to.
    public var resource: EventResource
    /// What else has to do with it, each in a role.
    public var related: [EventResource]
    public var payload: JSONObject
    /// The event that came before, where the two make an order.
    public var follows: ID<Event>?

    public init(
        id: ID<Event>, occurred: Timestamp, received: Timestamp, name: String, resource: EventResource,
        related: [EventResource] = [], payload: JSONObject = [:], follows: ID<Event>? = nil
    ) {
        self.id = id
        self.occurred = occurred
        self.received = received
        self.name = name
        self.resource = resource
        self.related = related
        self.payload = payload
        self.follows = follows
    }

    /// How long the name may be: as Prefect's server has it.
    public static let longestName = 1024
    /// How much may be related to one event: as Prefect's server has it.
    public static let mostRelated = 500

    /// The first of the related things in that role.
    public func related(inRole role: String) -> EventResource? { related.first { $0.role == role } }
}

/// A thing that an event concerns, as labels.
public struct EventResource: Sendable, Hashable {
    public let labels: JSONObject

    /// - Parameter labels: texts by their names; one of them is `prefect.resource.id`.
    public init(labels: JSONObject) { self.labels = labels }

    /// - Parameters:
    ///   - kind: what comes before the id: `flow-run` in `prefect.flow-run.…`.
    ///   - role: what it has to do with the event; nothing for the resource that the event is about.
    public init(
        _ kind: EventResourceKind, _ id: String, name: String? = nil, role: String? = nil, also more: JSONObject = [:]
    ) {
        var labels: JSONObject = [Self.idLabel: .string("\(kind.prefix)\(id)")]
        if let role { labels[Self.roleLabel] = .string(role) }
        if let name { labels[Self.nameLabel] = .string(name) }
        self.labels = labels.merging(more)
    }

    static let idLabel = "prefect.resource.id"
    static let nameLabel = "prefect.resource.name"
    static let roleLabel = "prefect.resource.role"

    public var id: String { self[Self.idLabel] ?? "" }
    public var name: String? { self[Self.nameLabel] }
    public var role: String? { self[Self.roleLabel] }

    /// The value of a label.
    public subscript(label: String) -> String? { labels[label]?.stringValue }

    /// The id of the thing of this kind that this is; nil if it is of another.
    public func id<Subject>(as kind: EventResourceKind, of _: Subject.Type = Subject.self) -> ID<Subject>? {
        let text = id
        guard text.hasPrefix(kind.prefix) else { return nil }
        return ID(String(text.dropFirst(kind.prefix.count)))
    }
}

/// The kinds of Sluice's own things that events concern.
public enum EventResourceKind: String, Sendable, CaseIterable {
    case artifact
    case artifactCollection = "artifact-collection"
    case automation
    case block = "block-document"
    case blockSchema = "block-schema"
    case blockType = "block-type"
    case concurrencyLimit = "concurrency-limit"
    case deployment, event, flow
    case flowRun = "flow-run"
    case tag
    case taskRun = "task-run"
    case variable
    case workPool = "work-pool"
    case workQueue = "work-queue"
    case worker

    /// What the ids of such things begin with in events.
    public var prefix: String { "prefect.\(rawValue)." }
}
