import Domain
import JSON

extension ContainerOrder {
    /// By which a container reaches its host, where it has a network of its own: what Docker is told to give that name.
    private static let hostName = "host.docker.internal"
    /// What Podman calls it by itself; older ones know no `host-gateway`.
    private static let podmansHostName = "host.containers.internal"
    /// Variables that may name it.
    private static let addresses = ["SLUICE_API_URL", "PREFECT_API_URL"]

    /// What the engine is asked to make.
    ///
    /// Nothing is logged by the engine: what the container writes is followed, and kept by the agent.
    func body(on kind: EngineKind) -> JSONObject {
        let variables = environment(on: kind).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var body: JSONObject = [
            "Image": .string(spec.image), "Cmd": arguments.json, "Labels": allLabels.json,
            "HostConfig": .object(host(on: kind)), "Env": variables.json,
            "AttachStdout": true, "AttachStderr": true, "Tty": false, "OpenStdin": false,
        ]
        if arguments.isEmpty { body["Cmd"] = nil }
        if !spec.entrypoint.isEmpty { body["Entrypoint"] = spec.entrypoint.json }
        body["User"] = spec.user.map { .string($0) }
        body["WorkingDir"] = workingDirectory.map { .string($0) }
        return body
    }

    /// What it is connected to once it is made: engines take one network with the container itself.
    var furtherNetworks: [String] { Array(spec.effectiveNetworks.dropFirst()) }

    private var allLabels: [String: String] { spec.labels.merging(labels) { $1 } }

    private var network: String { spec.effectiveNetworks.first ?? "host" }
    private var hasNetworkOfItsOwn: Bool { !["host", "none"].contains(network) }

    private func environment(on kind: EngineKind) -> [String: String] {
        var variables = environment
        guard kind == .podman, hasNetworkOfItsOwn else { return variables }
        for name in Self.addresses {
            variables[name] = variables[name]?.replacing("//\(Self.hostName)", with: "//\(Self.podmansHostName)")
        }
        return variables
    }

    private func host(on kind: EngineKind) -> JSONObject {
        var host: JSONObject = [
            "NetworkMode": .string(network), "LogConfig": ["Type": "none"], "AutoRemove": false,
            "Privileged": .bool(spec.isPrivileged), "Binds": (mounts + spec.volumes).json,
        ]
        var hosts = spec.hosts
        if hasNetworkOfItsOwn, kind == .docker { hosts.append("\(Self.hostName):host-gateway") }
        if !hosts.isEmpty { host["ExtraHosts"] = hosts.json }
        if let memory = spec.memoryBytes {
            host["Memory"] = .integer(memory)
            // As much as of memory alone means: no swap.
            host["MemorySwap"] = .integer(spec.memorySwapBytes ?? memory)
        }
        host["NanoCpus"] = spec.cpus.map { .integer(Int64(($0 * 1e9).rounded())) }
        host["PidsLimit"] = spec.processes.map { .integer(Int64($0)) }
        if !devices.isEmpty {
            // Docker has them seen by what Nvidia has installed for it. Podman 4 passes over this, and obeys a variable.
            host["DeviceRequests"] = [["Driver": "", "DeviceIDs": devices.json, "Capabilities": [["gpu"]]]]
        }
        host["ShmSize"] = spec.sharedMemoryBytes.map { .integer($0) }
        return host
    }
}
