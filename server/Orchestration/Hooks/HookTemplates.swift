import Domain
import JSON
import Templates

/// Writes what a hook's templates say about a delivery.
struct HookTemplates: Sendable {
    private let scene: JSONObject
    private let variables: [String: JSONValue]

    /// - Parameter shown: `body`, `headers` and `query`.
    init(_ hook: Hook, _ shown: JSONObject, variables: [String: JSONValue]) {
        self.variables = variables
        scene = shown.merging([
            "hook": ["id": hook.id.json, "name": .string(hook.name)],
            "variables": .object(JSONObject(variables.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })),
        ])
    }

    /// - Throws: `OrchestrationError.invalid` when the template asks for what cannot be.
    func text(_ template: String, _ place: String) throws -> String {
        guard Template.isLikely(template) else { return template }
        do {
            return try Template(parsing: template).render(scene)
        } catch {
            throw OrchestrationError.invalid("the template of '\(place)' cannot be rendered: \(error)")
        }
    }

    /// - Throws: `OrchestrationError.invalid` likewise.
    func parameters(_ parameters: JSONObject) throws -> JSONObject {
        let scene = scene
        var hydration = Hydration(variables: variables) { try Template(parsing: $0).render(scene) }
        let hydrated = hydration.hydrate(TemplatedParameters(parameters).object)
        if let fault = hydration.faults.first {
            throw OrchestrationError.invalid("the parameters cannot be made of the delivery: \(fault)")
        }
        return hydrated
    }

    /// - Throws: `OrchestrationError.invalid` for a template that is none.
    static func check(_ hook: Hook) throws {
        let texts = [
            ("delivery_id", hook.deliveryID), ("event.name", hook.eventName), ("event.resource", hook.eventResource),
        ]
        for (place, text) in texts { try check(text ?? "", place) }
        for text in TemplatedParameters(hook.run?.parameters ?? [:]).templates { try check(text, "parameters") }
    }

    private static func check(_ text: String, _ place: String) throws {
        do {
            _ = try Template(parsing: text)
        } catch {
            throw OrchestrationError.invalid("'\(place)' is not a valid template: \(error)")
        }
    }
}
