public import Domain
public import JSON
import Storage

/// An automation as it is wanted.
public struct AutomationRequest: JSONReadable, Sendable {
    public let name: String
    public let description: String
    public let isEnabled: Bool
    public let tags: [String]
    public let actions: [AutomationAction]
    public let actionsOnTrigger: [AutomationAction]
    public let actionsOnResolve: [AutomationAction]
    /// What it belongs to, as the id of a resource of events: gone with that.
    public let owner: String?
    private let trigger: JSONReader

    private static let keys: Set = [
        "name", "description", "enabled", "tags", "trigger", "actions", "actions_on_trigger", "actions_on_resolve",
        "owner_resource",
    ]

    /// Reads the request as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.required("name")
        description = try reader.optional("description") ?? ""
        isEnabled = try reader.optional("enabled") ?? true
        tags = try reader.optional("tags") ?? []
        trigger = try reader.required("trigger")
        actions = try reader.required("actions")
        actionsOnTrigger = try reader.optional("actions_on_trigger") ?? []
        actionsOnResolve = try reader.optional("actions_on_resolve") ?? []
        owner = try reader.optional("owner_resource")
        try reader.forbidExtraKeys(besides: Self.keys)
        // What is wrong with it is told before anything is done.
        let sample = automation(
            .first(at: Timestamp(microseconds: 0)), try trigger { .first(at: Timestamp(microseconds: 0)) },
            created: Timestamp(microseconds: 0), at: Timestamp(microseconds: 0))
        if let loop = sample.loop { throw reader.valueError(loop) }
    }

    func trigger(newID: @escaping () -> ID<Trigger>) throws(JSONReadingError) -> Trigger {
        var reader = TriggerReader(newID: newID)
        return try reader.read(trigger).renamed(newID)
    }

    func automation(
        _ id: ID<Automation>, _ trigger: Trigger, created: Timestamp, at now: Timestamp
    ) -> Automation {
        Automation(
            id: id, name: name, description: description, isEnabled: isEnabled, tags: tags, trigger: trigger,
            actions: actions, actionsOnTrigger: actionsOnTrigger, actionsOnResolve: actionsOnResolve,
            created: created, updated: now)
    }
}

extension Orchestrator {
    /// - Throws: `OrchestrationError.invalid` when an action could never be done: its templates or job variables are
    ///   wrong.
    public func createAutomation(_ request: AutomationRequest) async throws -> Automation {
        try await change { change in
            let surroundings = change.surroundings
            let automation = request.automation(
                surroundings.newID(), try request.trigger { surroundings.newID() }, created: change.now, at: change.now)
            try change.store(automation)
            if let owner = request.owner { try change.store.relate(automation.id, to: owner, isOwner: true) }
            try change.happened("created", to: automation)
            return automation
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func automation(_ id: ID<Automation>) async throws -> Automation {
        try await database.read { try $0.automation(id) }.orNotFound("Automation", id)
    }

    /// The automations that are asked for.
    public func automations(
        _ request: FilteredRequest<AutomationFilters, AutomationOrder>
    ) async throws -> [Automation] {
        try await database.read { try $0.automations(request.query(request.filters.condition)) }
    }

    /// How many automations there are.
    public func countAutomations() async throws -> Int { try await count(in: .automation, .always) }

    /// The automations that have to do with something: those that start that deployment, or belong to it.
    ///
    /// - Parameter resource: its id in events: `prefect.deployment.…`.
    public func automations(relatedTo resource: String) async throws -> [Automation] {
        try await database.read { try $0.automations(relatedTo: resource) }
    }

    /// Puts another automation in the place of one. What its triggers have counted is forgotten.
    ///
    /// - Throws: `OrchestrationError.notFound`, and what `createAutomation` throws.
    public func replaceAutomation(_ id: ID<Automation>, with request: AutomationRequest) async throws {
        try await change { change in
            let known = try change.store.automation(id).orNotFound("Automation", id)
            let surroundings = change.surroundings
            let automation = request.automation(
                id, try request.trigger { surroundings.newID() }, created: known.created, at: change.now)
            try change.store.forgetCounts(of: id)
            try change.store(automation)
            try change.happened("updated", to: automation)
        }
    }

    /// Says whether the triggers of an automation are looked at.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.invalid` when it would start runs without end.
    public func setEnabled(_ isEnabled: Bool, automation id: ID<Automation>) async throws {
        try await change { change in try change.setEnabled(isEnabled, automation: id) }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func deleteAutomation(_ id: ID<Automation>) async throws {
        try await change { change in
            try change.delete(try change.store.automation(id).orNotFound("Automation", id))
        }
    }

    /// Deletes the automations that belong to something.
    ///
    /// - Parameter resource: its id in events: `prefect.deployment.…`.
    public func deleteAutomations(ownedBy resource: String) async throws {
        try await change { change in
            for automation in try change.store.automations(relatedTo: resource, owned: true) {
                try change.delete(automation)
            }
        }
    }
}

extension Change {
    mutating func setEnabled(_ isEnabled: Bool, automation id: ID<Automation>) throws {
        var automation = try store.automation(id).orNotFound("Automation", id)
        automation.isEnabled = isEnabled
        automation.updated = now
        if let loop = automation.loop { throw OrchestrationError.invalid(loop) }
        try store.forgetCounts(of: id)
        try store(automation)
        try happened("updated", to: automation)
    }

    mutating func delete(_ automation: Automation) throws {
        try store.deleteAutomation(automation.id)
        automations.reset()
        try happened("deleted", to: automation)
    }

    mutating func store(_ automation: Automation) throws {
        try ActionTemplates.check(automation.allActions)
        try checkJobVariables(of: automation)
        try store.save(automation)
        var targets: Set<String> = []
        for case .runDeployment(let run) in automation.actions {
            if case .selected(let id) = run.deployment { targets.insert("\(EventResourceKind.deployment.prefix)\(id)") }
        }
        try store.setTargets(of: automation.id, to: targets)
        automations.reset()
        guard automation.isEnabled else { return }
        for (trigger, _) in automation.trigger.leaves {
            guard let bucket = trigger.standingBucket(from: now) else { continue }
            try store.set(bucket, of: trigger, key: [], automation.id)
            tell(.dueLater(bucket.end))
        }
    }

    private func checkJobVariables(of automation: Automation) throws {
        for case .runDeployment(let run) in automation.actions {
            guard
                case .selected(let id) = run.deployment, let variables = run.jobVariables, !variables.isEmpty,
                let deployment = try store.deployment(id), let template = try jobTemplate(of: deployment)
            else { continue }
            try deployments.check(
                [deployment.jobVariables, variables], against: template, isComplete: false, "creating automation")
        }
    }

    mutating func happened(_ what: String, to automation: Automation) throws {
        try happened(
            "prefect.automation.\(what)", to: EventResource(.automation, "\(automation.id)", name: automation.name),
            payload: automation.json.objectValue ?? [:])
    }
}
