import APIClient
import DeploymentDocument
import Domain
import JSON

/// What starts runs of a deployment as its document states it, in the words of the API. The server makes automations of
/// it, in the transaction that makes the deployment.
struct StatedTriggers {
    /// Tells such automations from others that belong to the deployment: those of a Prefect client.
    private static let mark = "sluice:document"

    let definition: DeploymentDefinition

    /// What the server is sent with the deployment.
    var bodies: [JSONObject] {
        var names: [String: Int] = [:]
        return definition.triggers.map { trigger in
            let name = trigger.name ?? "\(definition.path) \(Self.name(of: trigger.cause))"
            names[name, default: 0] += 1
            let number = names[name] ?? 1
            let body: JSONObject = [
                "name": .string(number > 1 ? "\(name) (\(number))" : name),
                "parameters": .object(trigger.parameters), "schedule_after": trigger.delay.inSeconds.json,
            ]
            return body.merging(Self.cause(trigger.cause))
        }
    }

    /// Whether an existing deployment's automations are others than these.
    func differ(from deploymentID: String, on connection: APIConnection) async throws -> Bool {
        let known = try await connection.automations(ofDeployment: deploymentID).filter { $0.tags.contains(Self.mark) }
        let bodies = bodies
        guard known.count == bodies.count else { return true }
        return bodies.contains { body in
            guard let former = known.first(where: { .string($0.name) == body["name"] }) else { return true }
            return !Self.covers(former.json, Self.automation(body, of: deploymentID))
        }
    }

    /// What the server makes of it, as far as that is known here.
    private static func automation(_ body: JSONObject, of deploymentID: String) -> JSONValue {
        let run: JSONValue = [
            "type": "run-deployment", "deployment_id": .string(deploymentID), "parameters": body["parameters"] ?? [:],
            "schedule_after": body["schedule_after"] ?? 0,
        ]
        let hook = body["hook"].map { name -> JSONValue in
            ["match_related": ["prefect.resource.role": "hook", "prefect.resource.name": name]]
        }
        return ["trigger": body["trigger"] ?? hook ?? [:], "actions": [run]]
    }

    /// Whether all that is wanted is there; the server adds to it.
    static func covers(_ actual: JSONValue, _ wanted: JSONValue) -> Bool {
        switch (actual, wanted) {
        case (.object(let actual), .object(let wanted)):
            wanted.allSatisfy { covers(actual[$0.key] ?? .null, $0.value) }
        case (.array(let actual), .array(let wanted)):
            actual.count == wanted.count && zip(actual, wanted).allSatisfy { covers($0, $1) }
        default: actual.isMathematicallyEqual(to: wanted)
        }
    }

    private static func name(of cause: RunTrigger.Cause) -> String {
        switch cause {
        case .after(let flow, let deployment, _): "after \(flow)/\(deployment)"
        case .event(let name, _, _, _): "on \(name)"
        case .hook(let name): "by hook \(name)"
        case .object(let sensor): "on object \(sensor.source.url)"
        case .file(let folder, let name, let host):
            "on file \(host.map { "\($0):" } ?? "")\(folder == "/" ? "" : folder)/\(name)"
        }
    }

    private static func cause(_ cause: RunTrigger.Cause) -> JSONObject {
        switch cause {
        case .after(let flow, let deployment, let states):
            let trigger: JSONValue = [
                "type": "event", "posture": "Reactive", "expect": names(of: states), "threshold": 1, "within": 0,
                "match_related": related(flow: flow, deployment: deployment),
            ]
            return ["trigger": trigger]
        case .event(let name, let match, let threshold, let within):
            let trigger: JSONValue = [
                "type": "event", "posture": "Reactive", "expect": [.string(name)], "match": .object(match),
                "threshold": threshold.json, "within": within.inSeconds.json,
            ]
            return ["trigger": trigger]
        case .hook(let name): return ["hook": .string(name)]
        case .object(let sensor):
            let trigger: JSONValue = [
                "type": "event", "posture": "Reactive", "expect": [.string(ObjectSensor.event)],
                "match": ["sluice.sensor": .string(sensor.name)], "threshold": 1, "within": 0,
            ]
            return ["trigger": trigger]
        case .file(let folder, let name, let host):
            var labels: JSONObject = ["sluice.file.folder": .string(folder), "sluice.file.name": .string(name)]
            if let host { labels["sluice.file.host"] = .string(host) }
            let trigger: JSONValue = [
                "type": "event", "posture": "Reactive", "expect": ["sluice.file.appeared"], "match": .object(labels),
                "threshold": 1, "within": 0,
            ]
            return ["trigger": trigger]
        }
    }

    /// By names, since what is named may be deployed later, or again.
    private static func related(flow: String, deployment: String) -> JSONValue {
        [
            ["prefect.resource.role": "deployment", "prefect.resource.name": .string(deployment)],
            ["prefect.resource.role": "flow", "prefect.resource.name": .string(flow)],
        ]
    }

    private static func names(of states: [StateType]) -> JSONValue {
        Set(states).map { "prefect.flow-run.\(StateName.standard(for: $0))" }.sorted().json
    }
}

extension APIConnection {
    /// The automations that start runs of a deployment, or belong to it; none where the server does not know the
    /// deployment, or nothing of automations.
    func automations(ofDeployment id: String) async throws -> [AutomationResource] {
        do {
            return try await automations(relatedTo: "prefect.deployment.\(id)")
        } catch {
            guard error.isNotFound else { throw error }
            return []
        }
    }
}
