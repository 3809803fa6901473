import Domain
import JSON

extension ContainerOrder {
    /// By which a container reaches its host, where it has a network of its own.
    static let hostName = "host.docker.internal"

    /// What the engine is asked to make.
    ///
    /// Nothing is logged by the engine: what the container writes is followed, and kept by the agent.
    var body: JSONObject {
        var body: JSONObject = [
            "Image": .string(spec.image), "Cmd": arguments.json, "Labels": allLabels.json, "HostConfig": .object(host),
            "Env": environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.json,
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

    private var host: JSONObject {
        let network = spec.effectiveNetworks.first ?? "host"
        var host: JSONObject = [
            "NetworkMode": .string(network), "LogConfig": ["Type": "none"], "AutoRemove": false,
            "Privileged": .bool(spec.isPrivileged), "Binds": (mounts + spec.volumes).json,
        ]
        var hosts = spec.hosts
        if !["host", "none"].contains(network) { hosts.append("\(Self.hostName):host-gateway") }
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
