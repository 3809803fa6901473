import Domain
import JSON
import Storage
import Templates

/// What templates may be told about things that an event has to do with.
public protocol ResourcePortraits: Sendable {
    /// Where people look at things: what the paths of pages are appended to.
    var pages: String { get }
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
                try check(run.parameters ?? [:], "parameters")
            case .setVariable(let assignment):
                try check(assignment.name, "name")
                try check(["value": assignment.value], "value")
            case .emitEvent(let emission):
                try check(emission.name, "event")
                try check(emission.resource, "resource")
                try check(emission.payload, "payload")
            default: break
            }
        }
    }

    private static func check(_ values: JSONObject, _ place: String) throws {
        let templated = TemplatedParameters(values)
        for template in templated.templates { try check(template, place) }
        var hydration = Hydration(variables: nil)
        _ = hydration.hydrate(templated.object)
        if let fault = hydration.faults.first { throw OrchestrationError.invalid("Invalid \(place): \(fault)") }
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
            let scene = try await scene(for: parsed.names)
            return try parsed.render(scene.names, filters: scene.filters)
        } catch let error as TemplateError {
            throw ActionPerformer.Failure(
                "Template rendering failed: \(error)",
                details: ["template_error": .string("\(error)"), "template_source": .string(template)])
        }
    }

    /// The parameters with their templates rendered, and with variables in their places.
    ///
    /// - Parameter complaint: what cannot be done when something asks for what is not there.
    /// - Throws: `ActionPerformer.Failure`.
    func parameters(_ parameters: JSONObject, orSay complaint: String) async throws -> JSONObject {
        let templated = TemplatedParameters(parameters)
        let parsed = templated.templates.compactMap { try? Template(parsing: $0) }
        let scene = try await scene(for: parsed.reduce(into: []) { $0.formUnion($1.names) })
        let variables = try await orchestrator.variableValues()
        var hydration = Hydration(variables: variables) {
            try Template(parsing: $0).render(scene.names, filters: scene.filters)
        }
        let hydrated = hydration.hydrate(templated.object)
        if let fault = hydration.faults.first {
            throw ActionPerformer.Failure("\(complaint): \(fault)")
        }
        return hydrated
    }

    // MARK: - What templates can ask for

    private static let portrayed: [String: EventResourceKind] = [
        "deployment": .deployment, "flow": .flow, "flow_run": .flowRun, "task_run": .taskRun, "work_pool": .workPool,
        "work_queue": .workQueue, "concurrency_limit": .concurrencyLimit,
    ]

    private func scene(for names: Set<String>) async throws -> TemplateScene {
        let firing = triggered.firing
        var scene = TemplateScene(pages: portraits.pages)
        scene.names = [
            "automation": triggered.automation.json, "event": triggered.event.map(\.portrait) ?? .null,
            "labels": .object(JSONObject(labels: firing.labels)), "firing": firing.json, "firings": firing.all.json,
            "events": .array(firing.events.map(\.portrait)),
        ]
        scene.kinds["\(triggered.automation.id)"] = .automation
        for event in firing.events + [triggered.event].compactMap(\.self) { scene.kinds["\(event.id)"] = .event }
        for name in names.sorted() {
            if name == "variables" { scene.names[name] = .object(JSONObject(try await orchestrator.variableValues())) }
            guard let kind = Self.portrayed[name], let resource = triggered.event?.resource(of: kind) else { continue }
            let id = String(resource.id.dropFirst(kind.prefix.count))
            guard var portrait = try await portraits.portrait(of: kind, id: id) else { continue }
            scene.kinds[id] = kind
            // It may have gone on since: what is told is what it was.
            if let state = resource.state { portrait["state"] = state }
            scene.names[name] = .object(portrait)
        }
        return scene
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
