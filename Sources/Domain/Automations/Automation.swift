public import JSON

/// What is to be done when something happens, or does not.
public struct Automation: Sendable, Hashable {
    public let id: ID<Automation>
    public var name: String
    public var description: String
    /// Whether its trigger is looked at.
    public var isEnabled: Bool
    public var tags: [String]
    public var trigger: Trigger
    /// What is done when its trigger fires, about the event that made it fire.
    public var actions: [AutomationAction]
    /// The same, about the event that tells of the firing.
    public var actionsOnTrigger: [AutomationAction]
    /// Kept as clients want them; no trigger that fires once, as all of these do, is ever resolved.
    public var actionsOnResolve: [AutomationAction]
    public let created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<Automation>, name: String, description: String = "", isEnabled: Bool = true, tags: [String] = [],
        trigger: Trigger, actions: [AutomationAction], actionsOnTrigger: [AutomationAction] = [],
        actionsOnResolve: [AutomationAction] = [], created: Timestamp, updated: Timestamp
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.isEnabled = isEnabled
        self.tags = tags
        self.trigger = trigger
        self.actions = actions
        self.actionsOnTrigger = actionsOnTrigger
        self.actionsOnResolve = actionsOnResolve
        self.created = created
        self.updated = updated
    }

    /// All of its actions.
    public var allActions: [AutomationAction] { actions + actionsOnTrigger + actionsOnResolve }

    /// Why it would start runs without end, if it would: a rule of Prefect's server. Each run of a deployment goes through
    /// the states that the trigger waits for.
    public var loop: String? {
        guard isEnabled, case .event(let trigger) = trigger, trigger.posture == .reactive else { return nil }
        let states = ["prefect.flow-run.Scheduled", "prefect.flow-run.Pending", "prefect.flow-run.Running"]
        guard !trigger.expect.isDisjoint(with: states + ["prefect.flow-run.*"]) else { return nil }
        for case .runDeployment(let run) in actions {
            switch run.deployment {
            case .inferred:
                return
                    "Running an inferred deployment from a flow run state change event will lead to an infinite loop of "
                    + "flow runs.  Please choose a specific deployment and add additional filtering labels to the match "
                    + "or match_related for this automation's trigger."
            case .selected:
                guard
                    trigger.match.coversEvery("prefect.flow-run"),
                    trigger.matchRelated.isEmpty
                        || trigger.matchRelated.contains(where: { $0.coversEvery("prefect.flow-run") })
                else { continue }
                return
                    "Running a selected deployment from a flow run state change event may lead to an infinite loop of "
                    + "flow runs.  Please include additional filtering labels on either match or match_related to narrow "
                    + "down which flow runs will trigger this automation to exclude flow runs from the deployment you've "
                    + "selected."
            }
        }
        return nil
    }
}

extension Automation: JSONEncodable {
    /// Prefect's `Automation`.
    public var json: JSONValue {
        [
            "name": .string(name), "description": .string(description), "enabled": .bool(isEnabled),
            "tags": tags.json, "trigger": trigger.json, "actions": actions.json,
            "actions_on_trigger": actionsOnTrigger.json, "actions_on_resolve": actionsOnResolve.json, "id": id.json,
            "created": created.json, "updated": updated.json,
        ]
    }
}
