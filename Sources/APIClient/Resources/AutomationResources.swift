public import Domain
public import JSON

/// A rule from events to actions.
public struct AutomationResource: APIResource {
    public let json: JSONValue
    public let id: String
    public let name: String
    public let description: String
    /// Whether its trigger is looked at.
    public let isEnabled: Bool
    public let tags: [String]
    public let trigger: JSONValue
    public let actions: [JSONValue]
    public let created: Timestamp?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.required("name").string
        description = try reader.text("description") ?? ""
        isEnabled = try reader.optional("enabled")?.bool ?? true
        tags = try reader.optional("tags") ?? []
        trigger = try reader.required("trigger").value
        actions = try reader.optional("actions") ?? []
        created = try reader.time("created")
    }
}

/// A message of an automation that has not got to its end.
public struct DeliveryResource: APIResource {
    public let json: JSONValue
    public let id: String
    /// `WAITING` or `DEAD`.
    public let state: String
    public let automationName: String
    /// What Prefect calls its type: `call-webhook`.
    public let actionType: String
    /// The event that it tells of.
    public let eventName: String?
    public let tries: Int
    public let created: Timestamp?
    public let lastTried: Timestamp?
    /// When it is sent again.
    public let due: Timestamp?
    /// Why it has not got there.
    public let reason: String?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        state = try reader.required("state").string
        automationName = try reader.text("automation_name") ?? ""
        actionType = try reader.optional("action")?.text("type") ?? ""
        eventName = try reader.optional("event")?.text("event")
        tries = try reader.integer("tries") ?? 0
        created = try reader.time("created")
        lastTried = try reader.time("last_tried")
        due = try reader.time("due")
        reason = try reader.text("reason")
    }
}

/// Something that happened.
public struct HappeningResource: APIResource {
    public let json: JSONValue
    public let id: String
    /// `prefect.flow-run.Completed`
    public let name: String
    public let occurred: Timestamp
    /// What it happened to.
    public let resourceID: String
    public let resourceName: String?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.required("event").string
        occurred = try reader.time("occurred") ?? Timestamp(microseconds: 0)
        let resource = try reader.required("resource")
        resourceID = try reader.required("resource").text("prefect.resource.id") ?? ""
        resourceName = try resource.text("prefect.resource.name")
    }
}
