import Domain
public import JSON
import Storage

/// Something that starts runs of a deployment, as its document states it.
public struct StatedTrigger: JSONReadable, Sendable {
    /// What tells it from the deployment's others.
    public let name: String
    private let cause: Cause
    private let parameters: JSONObject
    private let delay: Duration

    private enum Cause: Sendable {
        /// What comes through the hook of that name.
        case hook(String)
        /// Events.
        case events(JSONReader)
    }

    /// Marks automations that a deployment's document states; others that belong to the deployment are a Prefect
    /// client's.
    static let mark = "sluice:document"

    /// Ten years, in seconds.
    private static let longestDelay = 10 * 366 * 86_400.0

    /// Reads `{"name": …, "trigger": {…} or "hook": NAME, "parameters": {…}, "schedule_after": seconds}`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.required("name")
        try reader.forbidExtraKeys(besides: ["name", "hook", "trigger", "parameters", "schedule_after"])
        parameters = try reader.optional("parameters") ?? [:]
        let seconds = try reader.optional("schedule_after")?.double ?? 0
        guard (0...Self.longestDelay).contains(seconds) else {
            throw try reader.required("schedule_after").valueError(
                "a run starts 0 to \(Int(Self.longestDelay)) seconds after what starts it")
        }
        delay = .microseconds(Int64((seconds * 1e6).rounded()))
        if let hook = try reader.optional("hook") {
            cause = .hook(try hook.string)
        } else {
            cause = .events(try reader.required("trigger"))
        }
        // What is wrong with it is told before anything is done.
        if case .events(let trigger) = cause { _ = try Self.events(trigger, .first(at: Timestamp(microseconds: 0))) }
    }

    /// - Throws: `OrchestrationError.invalid` for a hook that is not there.
    fileprivate func trigger(_ id: ID<Trigger>, in store: Store) throws -> Trigger {
        switch cause {
        case .events(let reader): return try Self.events(reader, id)
        case .hook(let name):
            guard let hook = try store.hook(named: name) else {
                throw OrchestrationError.invalid(
                    "\"\(self.name)\" waits for the hook \"\(name)\", which does not exist: "
                        + "make it first, with: sluice hook create \(name)")
            }
            return .event(.deliveries(to: hook, id))
        }
    }

    private static func events(_ reader: JSONReader, _ id: ID<Trigger>) throws(JSONReadingError) -> Trigger {
        var triggers = TriggerReader(newID: { id })
        let trigger = try triggers.read(reader)
        guard case .event = trigger else { throw reader.valueError("a deployment's trigger looks at events itself") }
        return trigger
    }

    fileprivate func actions(_ deployment: ID<Deployment>) -> [AutomationAction] {
        [.runDeployment(.init(.selected(deployment), parameters: parameters, delay: delay))]
    }
}

/// All that starts runs of a deployment, where that is said at all.
public struct StatedTriggers: JSONReadable, Sendable {
    public let triggers: [StatedTrigger]?

    /// - Parameter reader: the deployment, as it is wanted.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        triggers = try reader.optional("triggers")
        var names: Set<String> = []
        for trigger in triggers ?? [] where !names.insert(trigger.name).inserted {
            throw try reader.required("triggers").valueError("two triggers are called \"\(trigger.name)\"")
        }
    }
}

extension EventTrigger {
    private static let hookRole: JSONObject = ["prefect.resource.role": "hook"]

    /// One that fires at each delivery to a hook, whatever event the hook makes of it.
    fileprivate static func deliveries(to hook: Hook, _ id: ID<Trigger>) -> EventTrigger {
        var trigger = EventTrigger(id: id)
        trigger.expect = [Self.pattern(of: hook.eventName)]
        trigger.matchRelated = [ResourceSpecification(hookRole.merging(["prefect.resource.name": .string(hook.name)]))]
        return trigger
    }

    /// A template's text up to where something is filled in.
    private static func pattern(of template: String) -> String {
        var text = ""
        for character in template {
            guard character != "{" else { return text + "*" }
            text.append(character)
        }
        return text
    }

    /// Whether it waits for the deliveries to a hook of that name.
    fileprivate func waits(forHookNamed name: String) -> Bool {
        matchRelated == [ResourceSpecification(Self.hookRole.merging(["prefect.resource.name": .string(name)]))]
    }
}

extension Change {
    /// Makes, changes and deletes what differs of the automations that a deployment's document states. One that
    /// somebody has paused stays so.
    ///
    /// - Throws: `OrchestrationError.invalid` for a trigger that could never fire, and what `createAutomation` throws.
    mutating func setTriggers(of deployment: Deployment, to wanted: [StatedTrigger]) throws {
        let owner = "\(EventResourceKind.deployment.prefix)\(deployment.id)"
        let known = try store.automations(relatedTo: owner, owned: true).filter { $0.tags.contains(StatedTrigger.mark) }
        let flow = try store.flow(deployment.flowID)?.name ?? ""
        for trigger in wanted {
            let former = known.first { $0.name == trigger.name }
            let automation = Automation(
                id: former?.id ?? surroundings.newID(), name: trigger.name,
                description: "Stated by the document of \(flow)/\(deployment.name).",
                isEnabled: former?.isEnabled ?? true, tags: [StatedTrigger.mark],
                trigger: try trigger.trigger(former?.eventTriggerID ?? surroundings.newID(), in: store),
                actions: trigger.actions(deployment.id), created: former?.created ?? now, updated: now)
            if let former, former.doesTheSame(as: automation) { continue }
            if let loop = automation.loop { throw OrchestrationError.invalid(loop) }
            try store.forgetCounts(of: automation.id)
            try store(automation)
            if former == nil { try store.relate(automation.id, to: owner, isOwner: true) }
            try happened(former == nil ? "created" : "updated", to: automation)
        }
        let names = Set(wanted.map(\.name))
        for automation in known where !names.contains(automation.name) { try delete(automation) }
    }

    /// What waits for a hook's deliveries goes on to do so when the hook is changed.
    mutating func follow(_ hook: Hook, from before: Hook) throws {
        guard hook.name != before.name || hook.eventName != before.eventName else { return }
        for var automation in try store.automations(Query(.always, limit: .max))
        where automation.tags.contains(StatedTrigger.mark) {
            guard case .event(let trigger) = automation.trigger, trigger.waits(forHookNamed: before.name) else {
                continue
            }
            automation.trigger = .event(.deliveries(to: hook, trigger.id))
            automation.updated = now
            try store(automation)
            try happened("updated", to: automation)
        }
    }
}

extension Automation {
    fileprivate var eventTriggerID: ID<Trigger>? {
        guard case .event(let trigger) = trigger else { return nil }
        return trigger.id
    }

    fileprivate func doesTheSame(as other: Automation) -> Bool {
        trigger == other.trigger && actions == other.actions && description == other.description
    }
}
