import Domain
import JSON
import Storage
import Templates

/// What templates may be told about things that an event has to do with.
public protocol ResourcePortraits: Sendable {
    /// The thing as the API shows it; nothing if it is not there any more.
    func portrait(of kind: EventResourceKind, id: String) async throws -> JSONObject?
}

/// Writes what users' templates say about the firing of a trigger.
struct ActionTemplates: Sendable {
    private let orchestrator: Orchestrator
    private let triggered: TriggeredAction
    private let portraits: any ResourcePortraits

    init(_ orchestrator: Orchestrator, _ triggered: TriggeredAction, _ portraits: any ResourcePortraits) {
        self.orchestrator = orchestrator
        self.triggered = triggered
        self.portraits = portraits
    }

    /// Refuses actions whose templates are none.
    ///
    /// - Throws: `OrchestrationError.invalid`.
    static func check(_ actions: [AutomationAction]) throws {
        for action in actions {
            switch action {
            case .callWebhook(_, let payload): try check(payload, "payload")
            case .notify(_, let subject, let body):
                try check(subject, "subject")
                try check(body, "body")
            case .runDeployment(let run):
                for template in TemplatedParameters(run.parameters ?? [:]).templates {
                    try check(template, "parameters")
                }
                var hydration = Hydration(variables: nil)
                _ = hydration.hydrate(TemplatedParameters(run.parameters ?? [:]).object)
                if let fault = hydration.faults.first {
                    throw OrchestrationError.invalid("Invalid parameters: \(fault)")
                }
            default: break
            }
        }
    }

    private static func check(_ text: String, _ place: String) throws {
        do {
            _ = try Template(parsing: text)
        } catch {
            throw OrchestrationError.invalid("'\(place)' is not a valid template: \(error)")
        }
    }

    /// - Throws: `ActionPerformer.Failure` when the template asks for what is not there.
    func text(_ template: String) async throws -> String {
        guard Template.isLikely(template) else { return template }
        do {
            let parsed = try Template(parsing: template)
            return try parsed.render(try await context(for: parsed.names))
        } catch let error as TemplateError {
            throw ActionPerformer.Failure(
                "Template rendering failed: \(error)",
                details: ["template_error": .string("\(error)"), "template_source": .string(template)])
        }
    }

    /// The parameters with their templates rendered, and with variables in their places.
    ///
    /// - Throws: `ActionPerformer.Failure` when something asks for what is not there.
    func parameters(_ parameters: JSONObject) async throws -> JSONObject {
        let templated = TemplatedParameters(parameters)
        let parsed = templated.templates.compactMap { try? Template(parsing: $0) }
        let context = try await context(for: parsed.reduce(into: []) { $0.formUnion($1.names) })
        let variables = try await orchestrator.variableValues()
        var hydration = Hydration(variables: variables) { try Template(parsing: $0).render(context) }
        let hydrated = hydration.hydrate(templated.object)
        if let fault = hydration.faults.first {
            throw ActionPerformer.Failure("Unable to create flow run from deployment: \(fault)")
        }
        return hydrated
    }

    // MARK: - What templates can ask for

    private static let portrayed: [String: EventResourceKind] = [
        "deployment": .deployment, "flow": .flow, "flow_run": .flowRun, "task_run": .taskRun, "work_pool": .workPool,
        "work_queue": .workQueue, "concurrency_limit": .concurrencyLimit,
    ]

    private func context(for names: Set<String>) async throws -> JSONObject {
        let firing = triggered.firing
        var context: JSONObject = [
            "automation": triggered.automation.json, "event": triggered.event.map(\.portrait) ?? .null,
            "labels": .object(JSONObject(labels: firing.labels)), "firing": firing.json, "firings": firing.all.json,
            "events": .array(firing.events.map(\.portrait)),
        ]
        for name in names.sorted() {
            if name == "variables" { context[name] = .object(JSONObject(try await orchestrator.variableValues())) }
            guard let kind = Self.portrayed[name], let resource = triggered.event?.resource(of: kind) else { continue }
            guard
                var portrait = try await portraits.portrait(
                    of: kind, id: String(resource.id.dropFirst(kind.prefix.count)))
            else { continue }
            // It may have gone on since: what is told is what it was.
            if let state = resource.state { portrait["state"] = state }
            context[name] = .object(portrait)
        }
        return context
    }
}

/// Parameters in which texts may be templates.
struct TemplatedParameters {
    private static let kindKey = "__prefect_kind"

    /// With each text that is a template marked as one.
    let object: JSONObject

    init(_ parameters: JSONObject) { object = JSONObject(parameters.map { ($0.key, Self.mark($0.value)) }) }

    private static func mark(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text) where Template.isLikely(text): mark(text)
        case .array(let elements): .array(elements.map(mark))
        case .object(let object) where object[kindKey] == nil:
            .object(JSONObject(object.map { ($0.key, mark($0.value)) }))
        default: value
        }
    }

    /// A text that is one expression and nothing else keeps the type of its value.
    private static func mark(_ text: String) -> JSONValue {
        var inner = text[...].trimmed
        guard inner.hasPrefix("{{"), inner.hasSuffix("}}"), inner.ranges(of: "{{").count == 1 else {
            return [kindKey: "jinja", "template": .string(text)]
        }
        inner = inner.dropFirst(2).dropLast(2).trimmed
        return [kindKey: "json", "value": [kindKey: "jinja", "template": .string("{{ \(inner) | tojson }}")]]
    }

    /// The templates in it.
    var templates: [String] { Self.templates(in: .object(object)) }

    private static func templates(in value: JSONValue) -> [String] {
        switch value {
        case .array(let elements): elements.flatMap(templates)
        case .object(let object):
            if object[kindKey] == "jinja" {
                object["template"]?.stringValue.map { [$0] } ?? []
            } else {
                object.flatMap { templates(in: $0.value) }
            }
        default: []
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let rest = drop(while: \.isWhitespace)
        return rest.prefix(
            (rest.lastIndex { !$0.isWhitespace }).map { rest.distance(from: rest.startIndex, to: $0) + 1 } ?? 0)
    }
}

// MARK: - Events as templates see them

extension Event {
    fileprivate var portrait: JSONValue {
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

    fileprivate func resource(of kind: EventResourceKind) -> EventResource? {
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
    fileprivate var state: JSONValue? {
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
    fileprivate init(labels: [String: String]) {
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

extension Orchestrator {
    /// The values of all variables by their names.
    func variableValues() async throws -> [String: JSONValue] {
        let variables = try await database.read { try $0.variables(Query(order: "name", limit: .max)) }
        return Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}

extension JSONObject {
    fileprivate init(_ values: [String: JSONValue]) {
        self.init(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
}
