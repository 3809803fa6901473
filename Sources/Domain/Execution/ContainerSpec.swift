/// How a run is executed in a container of Docker or Podman.
public struct ContainerSpec: Sendable, Hashable {
    /// When the image is fetched from its registry.
    public enum PullPolicy: String, Sendable, Hashable, CaseIterable {
        /// Before each attempt.
        case always
        /// When the engine does not have it.
        case missing
        /// Not at all: the engine is to have it.
        case never
    }

    /// As `docker pull` names it.
    public var image: String
    public var pull: PullPolicy
    /// Who fetches the image; nothing for whomever the agent or its engine knows.
    public var registry: RegistryCredentials?
    /// In the place of the image's own; empty for that.
    public var entrypoint: [String]
    /// Besides the deployment's variables, which win.
    public var environment: [String: String]
    /// `HOST:CONTAINER[:OPTIONS]`, where `HOST` is an absolute path or the name of a volume.
    public var volumes: [String]
    /// The first is the container's own: `host`, `none`, `bridge` or the name of one; none for `host`.
    public var networks: [String]
    /// `UID[:GID]`, or names that the image knows; nothing for the image's own.
    public var user: String?
    /// Within the container; nothing for the run's own directory.
    public var workingDirectory: String?
    public var memoryBytes: Int64?
    /// Memory and swap together; nothing for no swap.
    public var memorySwapBytes: Int64?
    /// Processors, of which a part may be meant.
    public var cpus: Double?
    /// How many processes and threads there may be at once.
    public var processes: Int?
    public var sharedMemoryBytes: Int64?
    public var isPrivileged: Bool
    public var labels: [String: String]
    /// `NAME:ADDRESS`, for the container's hosts file.
    public var hosts: [String]

    public init(
        image: String, pull: PullPolicy = .missing, registry: RegistryCredentials? = nil, entrypoint: [String] = [],
        environment: [String: String] = [:], volumes: [String] = [], networks: [String] = [], user: String? = nil,
        workingDirectory: String? = nil,
        memoryBytes: Int64? = nil, memorySwapBytes: Int64? = nil, cpus: Double? = nil, processes: Int? = nil,
        sharedMemoryBytes: Int64? = nil, isPrivileged: Bool = false, labels: [String: String] = [:],
        hosts: [String] = []
    ) {
        self.image = image
        self.pull = pull
        self.registry = registry
        self.entrypoint = entrypoint
        self.environment = environment
        self.volumes = volumes
        self.networks = networks
        self.user = user
        self.workingDirectory = workingDirectory
        self.memoryBytes = memoryBytes
        self.memorySwapBytes = memorySwapBytes
        self.cpus = cpus
        self.processes = processes
        self.sharedMemoryBytes = sharedMemoryBytes
        self.isPrivileged = isPrivileged
        self.labels = labels
        self.hosts = hosts
    }

    /// The same with each text changed that people write, but for the credentials.
    func changing(_ change: (String) -> String) -> ContainerSpec {
        var spec = self
        spec.image = change(image)
        spec.entrypoint = entrypoint.map(change)
        spec.environment = environment.mapValues(change)
        spec.volumes = volumes.map(change)
        spec.networks = networks.map(change)
        spec.user = user.map(change)
        spec.workingDirectory = workingDirectory.map(change)
        spec.labels = labels.mapValues(change)
        spec.hosts = hosts.map(change)
        return spec
    }

    /// The networks, or what stands for none: the host's, by which a server is reached that listens on loopback only.
    public var effectiveNetworks: [String] { networks.isEmpty ? ["host"] : networks }
}
