import APIClient
import DeploymentDocument
import Domain
import JSON

/// The automations that belong to a deployment: those that its document states, made what it says each time that it is
/// deployed.
struct DeploymentAutomations {
    /// Tells them from others that belong to the deployment: those of a Prefect client.
    private static let mark = "sluice:document"

    let connection: APIConnection
    let definition: DeploymentDefinition
    let deploymentID: String

    private var resource: String { "prefect.deployment.\(deploymentID)" }

    /// Makes, changes and deletes what differs.
    ///
    /// - Parameter isNew: whether the deployment has been made just now: then there is nothing to look for.
    /// - Returns: the document's names of what was different: `triggers`, `sla`.
    func bring(isNew: Bool) async throws -> [String] {
        let wanted = triggers.map { ("triggers", $0) } + levels.map { ("sla", $0) }
        if isNew, wanted.isEmpty { return [] }
        let known = try await known()
        var changed: Set<String> = []
        for (key, body) in wanted {
            guard let former = known.first(where: { .string($0.name) == body["name"] }) else {
                _ = try await connection.createAutomation(.object(body.merging(["owner_resource": .string(resource)])))
                changed.insert(key)
                continue
            }
            guard !Self.covers(former.json, .object(body)) else { continue }
            // One that somebody has paused stays so.
            let replacement = body.merging(["enabled": .bool(former.isEnabled)])
            _ = try await connection.replace(automation: former.id, .object(replacement))
            changed.insert(key)
        }
        let names = Set(wanted.compactMap { $0.1["name"]?.stringValue })
        for former in known where !names.contains(former.name) {
            try await connection.delete(automation: former.id)
            changed.insert(former.name.hasPrefix(Self.levelPrefix) ? "sla" : "triggers")
        }
        return changed.sorted().reversed()
    }

    private func known() async throws -> [AutomationResource] {
        do {
            return try await connection.automations(relatedTo: resource).filter { $0.tags.contains(Self.mark) }
        } catch {
            guard error.isNotFound else { throw error }
            return []
        }
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

    // MARK: - Triggers

    private var triggers: [JSONObject] {
        var names: [String: Int] = [:]
        return definition.triggers.map { trigger in
            let name = trigger.name ?? "\(definition.path) \(Self.name(of: trigger.cause))"
            names[name, default: 0] += 1
            let number = names[name] ?? 1
            let run: JSONObject = [
                "type": "run-deployment", "source": "selected", "deployment_id": .string(deploymentID),
                "parameters": .object(trigger.parameters), "schedule_after": trigger.delay.inSeconds.json,
            ]
            return automation(number > 1 ? "\(name) (\(number))" : name, Self.condition(trigger.cause), .object(run))
        }
    }

    private func automation(_ name: String, _ trigger: JSONObject, _ action: JSONValue) -> JSONObject {
        [
            "name": .string(name), "description": .string("Stated by the document of \(definition.path)."),
            "tags": [.string(Self.mark)], "trigger": .object(trigger), "actions": [action],
        ]
    }

    private static func name(of cause: RunTrigger.Cause) -> String {
        switch cause {
        case .after(let flow, let deployment, _): "after \(flow)/\(deployment)"
        case .event(let name, _, _, _): "on \(name)"
        case .object(let sensor): "on object \(sensor.source.url)"
        }
    }

    private static func condition(_ cause: RunTrigger.Cause) -> JSONObject {
        switch cause {
        case .after(let flow, let deployment, let states):
            [
                "type": "event", "posture": "Reactive", "expect": names(of: states), "threshold": 1, "within": 0,
                "match_related": related(flow: flow, deployment: deployment),
            ]
        case .event(let name, let match, let threshold, let within):
            [
                "type": "event", "posture": "Reactive", "expect": [.string(name)], "match": .object(match),
                "threshold": threshold.json, "within": within.inSeconds.json,
            ]
        case .object(let sensor):
            [
                "type": "event", "posture": "Reactive", "expect": [.string(ObjectSensor.event)],
                "match": ["sluice.sensor": .string(sensor.name)], "threshold": 1, "within": 0,
            ]
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

    // MARK: - What is expected

    private static let levelPrefix = "SLA of "

    private var levels: [JSONObject] {
        guard let level = definition.serviceLevel else { return [] }
        let ended: [StateType] = [.completed, .failed, .crashed, .cancelled]
        var levels: [JSONObject] = []
        if let late = level.late {
            let begun = ["prefect.flow-run.Pending", "prefect.flow-run.Running"].json
            levels.append(
                self.level("late", after: ["prefect.flow-run.Late"].json, expect: begun, late, ofEachRun: true))
        }
        if let duration = level.duration {
            let running = ["prefect.flow-run.Running"].json
            levels.append(
                self.level(
                    "duration", after: running, expect: Self.names(of: ended), duration, ofEachRun: true))
        }
        if let missing = level.missing {
            levels.append(
                self.level("missing", after: [], expect: Self.names(of: [.completed]), missing, ofEachRun: false))
        }
        return levels
    }

    private func level(
        _ kind: String, after: JSONValue, expect: JSONValue, _ within: Duration, ofEachRun: Bool
    ) -> JSONObject {
        let forEach: [String] = ofEachRun ? ["prefect.resource.id"] : []
        let trigger: JSONObject = [
            "type": "event", "posture": "Proactive", "after": after, "expect": expect, "for_each": forEach.json,
            "threshold": 1, "within": within.inSeconds.json,
            "match_related": Self.related(flow: definition.flow, deployment: definition.name),
        ]
        let violated: JSONValue = [
            "type": "emit-event", "event": "sluice.sla.violated",
            "resource": [
                "prefect.resource.id": .string(resource), "prefect.resource.name": .string(definition.name),
                "sluice.sla": .string(kind),
            ],
            "payload": [
                "sla": .string(kind), "limit": within.inSeconds.json, "deployment": .string(definition.path),
                "flow_run": ofEachRun ? "{{ event.resource.name }}" : .null,
            ],
        ]
        return automation("\(Self.levelPrefix)\(definition.path): \(kind)", trigger, violated)
    }
}
