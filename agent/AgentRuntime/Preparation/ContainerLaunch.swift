public import Domain

/// What is executed in a container rather than as a process of the agent's host.
public struct ContainerLaunch: Sendable, Hashable {
    public var spec: ContainerSpec
    /// Folders of the host that the container sees besides its volumes, as in `ContainerSpec.volumes`.
    public var mounts: [String]
    /// In the container; nothing for the image's own.
    public var workingDirectory: String?
    /// Graphics processors of the host that the container sees.
    public var devices: [String] = []

    public init(spec: ContainerSpec, mounts: [String], workingDirectory: String?) {
        self.spec = spec
        self.mounts = mounts
        self.workingDirectory = workingDirectory
    }
}

/// How things are called within a container.
enum ContainerPaths {
    /// The attempt's directory.
    static let run = RunDirectory(path: "/sluice")
    /// What executes Prefect's flows.
    static let prefectFlow = "/sluice-flow.py"
    /// The host, from a network of the container's own.
    private static let host = "host.docker.internal"

    /// The API's address as a container reaches it: loopback is the container's own, unless it has its host's network.
    static func apiURL(_ url: String, for spec: ContainerSpec) -> String {
        let scheme = url.prefix { $0 != ":" } + "://"
        guard spec.effectiveNetworks.first != "host", url.hasPrefix(scheme) else { return url }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        for name in ["127.0.0.1", "localhost", "[::1]"] where authority == name || authority.hasPrefix("\(name):") {
            return "\(scheme)\(host)\(rest.dropFirst(name.count))"
        }
        return url
    }
}
