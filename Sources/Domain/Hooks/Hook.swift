public import JSON

/// A door for somebody else's server: what it sends there is checked, told as an event, and may start a run.
public struct Hook: Sendable, Hashable {
    public let id: ID<Hook>
    /// The last part of its address; unique.
    public var name: String
    public var description: String
    /// Whether anything is taken.
    public var isEnabled: Bool
    public var signature: HookSignature
    /// What senders sign with, sealed; empty where nothing is signed.
    public var sealedSecret: [UInt8]
    /// A template for what a delivery is told apart by from others; nothing for what the scheme has.
    public var deliveryID: String?
    /// A template for the name of the event that each delivery is.
    public var eventName: String
    /// A template for the id of what that is about; nothing for the hook itself.
    public var eventResource: String?
    public var run: Run?
    public let created: Timestamp
    public var updated: Timestamp

    /// A run that each delivery starts.
    public struct Run: Sendable, Hashable {
        public var deployment: ID<Deployment>
        /// Laid over the deployment's own; texts in it may be templates.
        public var parameters: JSONObject

        public init(of deployment: ID<Deployment>, parameters: JSONObject = [:]) {
            self.deployment = deployment
            self.parameters = parameters
        }
    }

    /// Bytes that a delivery may have.
    public static let largestBody = 1 << 20
    /// How long a delivery is remembered, so that one that is repeated is known.
    public static let memory: Duration = .seconds(7 * 86_400)
    public static let standardEvent = "sluice.hook.received"

    public init(
        id: ID<Hook>, name: String, description: String = "", isEnabled: Bool = true, signature: HookSignature,
        sealedSecret: [UInt8] = [], deliveryID: String? = nil, eventName: String = standardEvent,
        eventResource: String? = nil, run: Run? = nil, created: Timestamp, updated: Timestamp
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.isEnabled = isEnabled
        self.signature = signature
        self.sealedSecret = sealedSecret
        self.deliveryID = deliveryID
        self.eventName = eventName
        self.eventResource = eventResource
        self.run = run
        self.created = created
        self.updated = updated
    }

    /// What its secret is sealed for: as that of another hook, or as a block, it cannot be opened.
    public static func seal(of id: ID<Hook>) -> [UInt8] { Array("hook".utf8) + id.bytes }

    /// What it is called in events.
    public var resourceID: String { "sluice.hook.\(id)" }
}

extension Hook: JSONEncodable {
    /// As the API shows it, without its secret.
    public var json: JSONValue {
        [
            "id": id.json, "created": created.json, "updated": updated.json, "name": .string(name),
            "description": .string(description), "enabled": .bool(isEnabled), "signature": signature.json,
            "delivery_id": deliveryID.json,
            "event": ["name": .string(eventName), "resource": eventResource.json],
            "deployment_id": (run?.deployment).json, "parameters": .object(run?.parameters ?? [:]),
        ]
    }

    /// Reads a hook as it was stored.
    public init(stored reader: JSONReader, sealedSecret: [UInt8]) throws(JSONReadingError) {
        let event = try reader.required("event")
        let deployment: ID<Deployment>? = try reader.optional("deployment_id")
        let parameters: JSONObject = try reader.optional("parameters") ?? [:]
        self.init(
            id: try reader.required("id"), name: try reader.required("name"),
            description: try reader.required("description"), isEnabled: try reader.required("enabled"),
            signature: try reader.required("signature"), sealedSecret: sealedSecret,
            deliveryID: try reader.optional("delivery_id"), eventName: try event.required("name"),
            eventResource: try event.optional("resource"),
            run: deployment.map { Run(of: $0, parameters: parameters) },
            created: try reader.required("created"), updated: try reader.required("updated"))
    }
}

/// What a delivery has brought about.
public struct HookReceipt: Sendable, Hashable {
    public let event: ID<Event>
    public let run: ID<FlowRun>?

    public init(event: ID<Event>, run: ID<FlowRun>?) {
        self.event = event
        self.run = run
    }
}
