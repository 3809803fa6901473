public import JSON

/// An action that is to be done since a trigger has fired.
public struct TriggeredAction: Sendable, Hashable {
    /// One doing of an action: what is repeated after a crash has the same.
    public let id: ID<TriggeredAction>
    /// As it was when its trigger fired.
    public let automation: Automation
    public let firing: Firing
    /// What the action is about: the event that made the trigger fire, or the one that tells of it.
    public let event: Event?
    public let action: AutomationAction
    /// Its place among all actions of the firing.
    public let index: Int
    /// The event that tells of the firing.
    public let told: ID<Event>
    /// How many actions are the reason of this one, each of the next: what is told of one sets off another.
    public let depth: Int

    public init(
        id: ID<TriggeredAction>, automation: Automation, firing: Firing, event: Event?, action: AutomationAction,
        index: Int, told: ID<Event>, depth: Int = 0
    ) {
        self.id = id
        self.automation = automation
        self.firing = firing
        self.event = event
        self.action = action
        self.index = index
        self.told = told
        self.depth = depth
    }
}

extension TriggeredAction: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        [
            "id": id.json, "automation": automation.json, "firing": firing.json, "event": event.json,
            "action": action.json, "index": index.json, "told": told.json, "depth": depth.json,
        ]
    }

    /// Reads what was written.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init(
            id: try reader.required("id"), automation: try Automation(stored: reader.required("automation")),
            firing: try reader.required("firing"),
            event: try reader.optional("event").map { member throws(JSONReadingError) in
                try Event(stored: member)
            }, action: try reader.required("action"), index: try reader.required("index"),
            told: try reader.required("told"), depth: try reader.optional("depth") ?? 0)
    }
}

extension Automation {
    /// Reads an automation as it was stored.
    public init(stored reader: JSONReader) throws(JSONReadingError) {
        // What was stored has ids.
        var triggers = TriggerReader { .first(at: Timestamp(microseconds: 0)) }
        self.init(
            id: try reader.required("id"), name: try reader.required("name"),
            description: try reader.required("description"), isEnabled: try reader.required("enabled"),
            tags: try reader.required("tags"), trigger: try triggers.read(reader.required("trigger")),
            actions: try reader.required("actions"), actionsOnTrigger: try reader.required("actions_on_trigger"),
            actionsOnResolve: try reader.required("actions_on_resolve"), created: try reader.required("created"),
            updated: try reader.required("updated"))
    }
}
