import Domain
import JSON
import Templates

/// What a template is told, and what it can look up.
struct TemplateScene: Sendable {
    /// Where people look at things.
    let pages: String
    var names: JSONObject = [:]
    /// What the things are that it is told of, by their ids.
    var kinds: [String: EventResourceKind] = [:]

    /// Prefect's own filters.
    var filters: [String: TemplateFilter] {
        let (pages, kinds) = (pages, kinds)
        return [
            "ui_url": { value, _ in Self.page(of: value, kinds).map { .string("\(pages)/\($0)") } ?? .null },
            "ui_resource_events_url": { value, _ in
                Self.resource(value, kinds).map { .string("\(pages)/events?resource=\($0)") } ?? .null
            },
            "flow_run_id": { value, _ in Self.flowRunID(in: value.stringValue ?? "").json },
        ]
    }

    private static func page(of value: JSONValue, _ kinds: [String: EventResourceKind]) -> String? {
        guard let id = value["id"]?.stringValue, let kind = kinds[id] else { return nil }
        switch kind {
        case .flow: return "flows/flow/\(id)"
        case .flowRun: return "runs/flow-run/\(id)"
        case .taskRun: return "runs/task-run/\(id)"
        case .deployment: return "deployments/deployment/\(id)"
        case .workPool: return "work-pools/work-pool/\(value["name"]?.stringValue ?? id)"
        case .workQueue: return "work-queues/work-queue/\(id)"
        case .concurrencyLimit: return "concurrency-limits/concurrency-limit/\(id)"
        case .automation: return "automations/automation/\(id)"
        case .event: return "events/event/\(value["occurred"]?.stringValue?.prefix(10) ?? "")/\(id)"
        default: return nil
        }
    }

    private static func resource(_ value: JSONValue, _ kinds: [String: EventResourceKind]) -> String? {
        if let id = value["prefect.resource.id"]?.stringValue { return id }
        guard let id = value["id"]?.stringValue, let kind = kinds[id] else { return nil }
        return "\(kind.prefix)\(id)"
    }

    /// The id behind `flow-run/` in a text.
    private static func flowRunID(in text: String) -> String? {
        text.ranges(of: "flow-run/").lazy
            .compactMap { ID<FlowRun>(text[$0.upperBound...].prefix(36))?.description }.first
    }
}

extension Event {
    /// The event as templates see it.
    var portrait: JSONValue {
        var members = json.objectValue ?? [:]
        members["resource"] = resource.portrait
        members["related"] = .array(related.map(\.portrait))
        var (first, all): (JSONObject, JSONObject) = ([:], [:])
        for resource in related {
            guard let role = resource.role else { continue }
            if first[role] == nil { first[role] = resource.portrait }
            all[role] = .array((all[role]?.arrayValue ?? []) + [resource.portrait])
        }
        members["resource_in_role"] = .object(first)
        members["resources_in_role"] = .object(all)
        return .object(members)
    }

    /// The first thing of a kind that it is about, or has to do with.
    func resource(of kind: EventResourceKind) -> EventResource? {
        ([resource] + related).first {
            $0.id.hasPrefix(kind.prefix) && !$0.id.dropFirst(kind.prefix.count).contains(".")
        }
    }
}

extension EventResource {
    /// The labels, with what they are called for short.
    fileprivate var portrait: JSONValue {
        var members = labels
        members["id"] = .string(id)
        members["name"] = name.json
        if let role { members["role"] = .string(role) }
        let texts = Dictionary(
            labels.compactMap { key, value in value.stringValue.map { (key, $0) } },
            uniquingKeysWith: { first, _ in first })
        members["labels"] = .object(JSONObject(labels: texts))
        return .object(members)
    }

    /// The state that the event of a run tells of.
    var state: JSONValue? {
        guard
            let message = self["prefect.state-message"], let name = self["prefect.state-name"],
            let time = self["prefect.state-timestamp"], let type = self["prefect.state-type"]
        else { return nil }
        return [
            "type": .string(type), "name": .string(name), "timestamp": .string(time), "message": .string(message),
        ]
    }
}

extension JSONObject {
    /// Labels by the parts of their names: `prefect.resource.id` is the `id` of the `resource` of `prefect`.
    init(labels: [String: String]) {
        self.init()
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
            set(name.split(separator: ".").map(String.init)[...], to: value)
        }
    }

    private mutating func set(_ path: ArraySlice<String>, to value: String) {
        guard let first = path.first else { return }
        guard path.count > 1 else {
            self[first] = .string(value)
            return
        }
        var inner = self[first]?.objectValue ?? [:]
        inner.set(path.dropFirst(), to: value)
        self[first] = .object(inner)
    }
}
