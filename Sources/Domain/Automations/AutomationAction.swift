public import JSON

/// Something that an automation does.
public enum AutomationAction: Sendable, Hashable {
    case doNothing
    case runDeployment(RunDeployment)
    case setDeploymentPaused(Bool, ActionTarget<Deployment>)
    case setPoolPaused(Bool, ActionTarget<WorkPool>)
    case setQueuePaused(Bool, ActionTarget<WorkQueue>)
    case setAutomationPaused(Bool, ActionTarget<Automation>)
    /// Of the run that the event is about.
    case changeRunState(StateType, name: String?, message: String?, force: Bool)
    case cancelRun
    case suspendRun
    case resumeRun
    case deleteRun
    /// Sluice's own: a variable gets a value, and is made if it is not there.
    case setVariable(VariableAssignment)
    /// Sluice's own: an event is told.
    case emitEvent(Emission)
    /// With the address and headers of a block of the type `webhook`, and a template as its body.
    case callWebhook(ID<BlockDocument>, payload: String)
    /// By a block that can notify; subject and body are templates.
    case notify(ID<BlockDocument>, subject: String, body: String)

    /// A run of a deployment.
    public struct RunDeployment: Sendable, Hashable {
        public var deployment: ActionTarget<Deployment>
        /// Laid over the deployment's own; texts in it may be templates.
        public var parameters: JSONObject?
        public var jobVariables: JSONObject?
        /// How long after the event.
        public var delay: Duration

        public init(
            _ deployment: ActionTarget<Deployment>, parameters: JSONObject? = nil, jobVariables: JSONObject? = nil,
            delay: Duration = .zero
        ) {
            self.deployment = deployment
            self.parameters = parameters
            self.jobVariables = jobVariables
            self.delay = delay
        }
    }

    /// What a variable becomes.
    public struct VariableAssignment: Sendable, Hashable {
        /// May be a template.
        public var name: String
        /// Texts in it may be templates; one that is an expression and nothing else keeps the type of its value.
        public var value: JSONValue
        /// Nothing for those that it has.
        public var tags: [String]?

        public init(name: String, value: JSONValue, tags: [String]? = nil) {
            self.name = name
            self.value = value
            self.tags = tags
        }
    }

    /// An event that is told.
    public struct Emission: Sendable, Hashable {
        /// May be a template.
        public var name: String
        /// The labels of what it is about, `prefect.resource.id` among them; texts in it may be templates.
        public var resource: JSONObject
        /// Texts in it may be templates.
        public var payload: JSONObject

        public init(name: String, resource: JSONObject, payload: JSONObject = [:]) {
            self.name = name
            self.resource = resource
            self.payload = payload
        }
    }

    /// Whether it concerns somebody else's servers.
    public var isOutward: Bool {
        switch self {
        case .callWebhook, .notify: true
        default: false
        }
    }

    /// What Prefect calls its type, where it has one.
    public var type: String {
        switch self {
        case .doNothing: "do-nothing"
        case .runDeployment: "run-deployment"
        case .setDeploymentPaused(let isPaused, _): isPaused ? "pause-deployment" : "resume-deployment"
        case .setPoolPaused(let isPaused, _): isPaused ? "pause-work-pool" : "resume-work-pool"
        case .setQueuePaused(let isPaused, _): isPaused ? "pause-work-queue" : "resume-work-queue"
        case .setAutomationPaused(let isPaused, _): isPaused ? "pause-automation" : "resume-automation"
        case .changeRunState: "change-flow-run-state"
        case .cancelRun: "cancel-flow-run"
        case .suspendRun: "suspend-flow-run"
        case .resumeRun: "resume-flow-run"
        case .deleteRun: "delete-flow-run"
        case .setVariable: "set-variable"
        case .emitEvent: "emit-event"
        case .callWebhook: "call-webhook"
        case .notify: "send-notification"
        }
    }
}

/// What an action is done to: something chosen beforehand, or what the event has to do with.
public enum ActionTarget<Subject>: Sendable, Hashable {
    case selected(ID<Subject>)
    case inferred
}

// MARK: - JSON

extension AutomationAction: JSONEncodable {
    /// One of Prefect's `ServerActionTypes`, `set-variable` or `emit-event`.
    public var json: JSONValue {
        var members: JSONObject = ["type": .string(type)]
        switch self {
        case .doNothing, .cancelRun, .suspendRun, .resumeRun, .deleteRun: break
        case .runDeployment(let run):
            members = members.merging(run.deployment.members("deployment_id"))
            members["parameters"] = run.parameters.json
            members["job_variables"] = run.jobVariables.json
            members["schedule_after"] = run.delay.inSeconds.json
        case .setDeploymentPaused(_, let target): members = members.merging(target.members("deployment_id"))
        case .setPoolPaused(_, let target): members = members.merging(target.members("work_pool_id"))
        case .setQueuePaused(_, let target): members = members.merging(target.members("work_queue_id"))
        case .setAutomationPaused(_, let target): members = members.merging(target.members("automation_id"))
        case .changeRunState(let type, let name, let message, let force):
            members["name"] = name.json
            members["state"] = .string(type.rawValue)
            members["message"] = message.json
            members["force"] = .bool(force)
        case .setVariable(let assignment):
            members["name"] = .string(assignment.name)
            members["value"] = assignment.value
            members["tags"] = assignment.tags.json
        case .emitEvent(let emission):
            members["event"] = .string(emission.name)
            members["resource"] = .object(emission.resource)
            members["payload"] = .object(emission.payload)
        case .callWebhook(let block, let payload):
            members["block_document_id"] = block.json
            members["payload"] = .string(payload)
        case .notify(let block, let subject, let body):
            members["block_document_id"] = block.json
            members["subject"] = .string(subject)
            members["body"] = .string(body)
        }
        return .object(members)
    }
}

extension ActionTarget {
    fileprivate func members(_ key: String) -> JSONObject {
        switch self {
        case .selected(let id): ["source": "selected", key: id.json]
        case .inferred: ["source": "inferred", key: .null]
        }
    }

    fileprivate init(_ reader: JSONReader, _ key: String) throws(JSONReadingError) {
        let source: String = try reader.optional("source") ?? "selected"
        let id: ID<Subject>? = try reader.optional(key)
        switch (source, id) {
        case ("selected", let id?): self = .selected(id)
        case ("selected", nil): throw reader.valueError("\(key) is required")
        case ("inferred", nil): self = .inferred
        case ("inferred", _): throw reader.valueError("\(key) is not allowed")
        default:
            throw try reader.required("source").error("literal_error", "Input should be 'selected' or 'inferred'")
        }
    }
}

extension AutomationAction: JSONReadable {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        let type = try reader.required("type")
        switch try type.string {
        case "do-nothing": self = .doNothing
        case "run-deployment": self = .runDeployment(try RunDeployment(reader))
        case "pause-deployment": self = .setDeploymentPaused(true, try ActionTarget(reader, "deployment_id"))
        case "resume-deployment": self = .setDeploymentPaused(false, try ActionTarget(reader, "deployment_id"))
        case "pause-work-pool": self = .setPoolPaused(true, try ActionTarget(reader, "work_pool_id"))
        case "resume-work-pool": self = .setPoolPaused(false, try ActionTarget(reader, "work_pool_id"))
        case "pause-work-queue": self = .setQueuePaused(true, try ActionTarget(reader, "work_queue_id"))
        case "resume-work-queue": self = .setQueuePaused(false, try ActionTarget(reader, "work_queue_id"))
        case "pause-automation": self = .setAutomationPaused(true, try ActionTarget(reader, "automation_id"))
        case "resume-automation": self = .setAutomationPaused(false, try ActionTarget(reader, "automation_id"))
        case "change-flow-run-state":
            self = .changeRunState(
                try reader.required("state"), name: try reader.optional("name"),
                message: try reader.optional("message"), force: try reader.optional("force") ?? false)
        case "cancel-flow-run": self = .cancelRun
        case "suspend-flow-run": self = .suspendRun
        case "resume-flow-run": self = .resumeRun
        case "delete-flow-run": self = .deleteRun
        case "set-variable": self = .setVariable(try VariableAssignment(reader))
        case "emit-event": self = .emitEvent(try Emission(reader))
        case "call-webhook":
            self = .callWebhook(try reader.required("block_document_id"), payload: try Self.payload(reader))
        case "send-notification":
            self = .notify(
                try reader.required("block_document_id"),
                subject: try reader.optional("subject") ?? "Prefect automated notification",
                body: try reader.required("body"))
        default:
            throw type.error("union_tag_invalid", "Input should be the type of an action: \(Self.types)")
        }
    }

    private static let types =
        "do-nothing, run-deployment, pause-deployment, resume-deployment, pause-work-pool, resume-work-pool, "
        + "pause-work-queue, resume-work-queue, pause-automation, resume-automation, change-flow-run-state, "
        + "cancel-flow-run, suspend-flow-run, resume-flow-run, delete-flow-run, set-variable, emit-event, "
        + "call-webhook or send-notification"

    /// A text; older clients send the object that is to be its JSON.
    private static func payload(_ reader: JSONReader) throws(JSONReadingError) -> String {
        guard let payload = try reader.optional("payload") else { return "" }
        guard payload.value.objectValue != nil else { return try payload.string }
        return payload.value.serialized()
    }
}

extension AutomationAction.RunDeployment {
    fileprivate init(_ reader: JSONReader) throws(JSONReadingError) {
        self.init(
            try ActionTarget(reader, "deployment_id"), parameters: try reader.optional("parameters"),
            jobVariables: try reader.optional("job_variables"),
            delay: try reader.optional("schedule_after")?.timeSpan ?? .zero)
    }
}

extension AutomationAction.VariableAssignment {
    fileprivate init(_ reader: JSONReader) throws(JSONReadingError) {
        self.init(
            name: try reader.required("name"), value: try reader.required("value").value,
            tags: try reader.optional("tags"))
    }
}

extension AutomationAction.Emission {
    fileprivate init(_ reader: JSONReader) throws(JSONReadingError) {
        let resource = try reader.required("resource")
        _ = try resource.read(as: [String: String].self)
        _ = try resource.required("prefect.resource.id").string
        self.init(
            name: try reader.required("event"), resource: try resource.object,
            payload: try reader.optional("payload") ?? [:])
    }
}
