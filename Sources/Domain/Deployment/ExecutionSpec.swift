/// How a Sluice agent executes the runs of a deployment.
public struct ExecutionSpec: Sendable, Hashable {
    public var command: CommandTemplate
    /// Added to the agent's environment. Values may hold `{{ parameters.x }}`.
    public var environment: [String: String]
    /// Relative to the bundle's root; absolute where no bundle is shipped.
    public var workingDirectory: String?
    /// The code, as it was uploaded; nothing when none is shipped.
    public var bundle: BundleReference?
    /// Where an agent has the code from instead of a bundle.
    public var code: CodeSource?
    public var python: PythonRequirements?
    /// Executes it in a container; nothing for a process of the agent's host.
    public var container: ContainerSpec?
    /// What a process may use at most; a container has limits of its own.
    public var limits: ProcessLimits
    /// Whom a process runs as, by name or number; nothing for the agent's own user.
    public var user: String?
    public var policy: RunPolicy
    /// Which of a queue's ready runs go first: the higher, the sooner.
    public var priority: Int
    /// What its runs ask of an agent.
    public var requires: Requirements
    /// How often its runs may start.
    public var rateLimit: RateLimit?

    public init(
        command: CommandTemplate, environment: [String: String] = [:], workingDirectory: String? = nil,
        bundle: BundleReference? = nil, code: CodeSource? = nil, python: PythonRequirements? = nil,
        container: ContainerSpec? = nil, limits: ProcessLimits = ProcessLimits(), user: String? = nil,
        policy: RunPolicy = RunPolicy(), priority: Int = 0, requires: Requirements = Requirements(),
        rateLimit: RateLimit? = nil
    ) {
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.bundle = bundle
        self.code = code
        self.python = python
        self.container = container
        self.limits = limits
        self.user = user
        self.policy = policy
        self.priority = priority
        self.requires = requires
        self.rateLimit = rateLimit
    }
}

/// An uploaded bundle: what its content is, by its hash, and how long it is.
public struct BundleReference: Sendable, Hashable {
    /// SHA-256 in lower-case hexadecimal.
    public var digest: String
    public var size: Int

    public init(digest: String, size: Int) {
        self.digest = digest
        self.size = size
    }
}

/// The Python environment that a deployment's code needs: one per content and agent, shared by runs.
public struct PythonRequirements: Sendable, Hashable {
    /// For instance `3.11`; nothing for whatever `python3` is.
    public var version: String?
    /// As in a requirements file, a line each.
    public var requirements: [String]

    public init(version: String? = nil, requirements: [String] = []) {
        self.version = version
        self.requirements = requirements
    }
}
