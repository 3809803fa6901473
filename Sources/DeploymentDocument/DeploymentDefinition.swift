public import Domain
public import JSON

/// A deployment as its document states it, checked as far as that can be done without a server.
public struct DeploymentDefinition: Sendable, Hashable {
    public var flow: String
    public var name: String
    public var description: String?
    public var version: String?
    public var command: CommandTemplate
    /// JSON Schema of a run's parameters.
    public var parameterSchema: JSONValue
    /// The parameters that a run gets when it does not bring its own; they satisfy the schema.
    public var defaults: JSONObject
    public var pool: String
    public var queue: String
    public var environment: [String: String]
    public var workingDirectory: String?
    public var policy: RunPolicy
    public var priority: Int
    public var concurrencyLimit: Int?
    /// What becomes of a run that finds the limit reached.
    public var collision: CollisionStrategy
    /// What its runs ask of an agent.
    public var requires: Requirements
    /// How often its runs may start.
    public var rateLimit: RateLimit?
    /// Nothing for the server's own limits.
    public var retention: RunRetention?
    public var tags: [String]
    /// When it runs by itself.
    public var schedules: [ScheduleDefinition]
    /// What starts runs beside people and schedules.
    public var triggers: [RunTrigger] = []
    /// What is expected of runs.
    public var serviceLevel: ServiceLevel?
    public var python: PythonRequirements?
    /// Nothing for a process of the agent's host, which `limits` and `user` are for.
    public var container: ContainerSpec?
    public var limits: ProcessLimits
    public var user: String?
    public var code: DeploymentCode
    /// Where in its document it begins.
    public var place: DocumentPlace

    /// `FLOW/DEPLOYMENT`, as commands name it.
    public var path: String { "\(flow)/\(name)" }

    /// What an agent is to execute.
    ///
    /// - Parameter bundle: the uploaded code; nothing where none is shipped.
    public func execution(bundle: BundleReference?) -> ExecutionSpec {
        ExecutionSpec(
            command: command, environment: environment, workingDirectory: workingDirectory, bundle: bundle,
            code: code.source, python: python, container: container, limits: limits, user: user, policy: policy,
            priority: priority,
            requires: requires, rateLimit: rateLimit)
    }
}

/// What the agents get as a deployment's code.
public enum DeploymentCode: Sendable, Hashable {
    case none
    /// A folder that is shipped, as a path that the system understands.
    case folder(String)
    /// They have it from elsewhere.
    case source(CodeSource)

    /// Where else they have it from.
    public var source: CodeSource? { if case .source(let source) = self { source } else { nil } }

    /// Whether a run starts in a folder with its code.
    var isProvided: Bool {
        switch self {
        case .none: false
        case .folder: true
        case .source(let source): source.kind != .image
        }
    }
}
