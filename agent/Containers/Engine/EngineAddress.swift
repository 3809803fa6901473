import Glibc

/// Where the engine listens that makes containers: the file of a Unix socket.
public struct EngineAddress: Sendable, Hashable {
    public let socket: String

    public init(socket: String) {
        self.socket = socket
    }

    /// Reads `unix:///run/podman/podman.sock`, or a path.
    ///
    /// - Throws: `EngineError.unfitAddress` for what is no Unix socket.
    public init(_ text: String) throws(EngineError) {
        let path = text.hasPrefix("unix://") ? String(text.dropFirst("unix://".count)) : text
        guard path.hasPrefix("/") else { throw .unfitAddress(text) }
        socket = path
    }

    /// The engine of a host: the one that `DOCKER_HOST` names, or the first whose socket may be used, of Docker and then
    /// of Podman, of all users and then of this one.
    ///
    /// - Returns: nothing when there is none.
    /// - Throws: `EngineError.unfitAddress` for a `DOCKER_HOST` that is no Unix socket.
    public static func find(environment: [String: String]) throws(EngineError) -> EngineAddress? {
        if let named = environment["DOCKER_HOST"], !named.isEmpty { return try EngineAddress(named) }
        return candidates(environment: environment).first { access($0, R_OK | W_OK) == 0 }
            .map { EngineAddress(socket: $0) }
    }

    /// Where sockets of engines are looked for.
    public static func candidates(environment: [String: String]) -> [String] {
        var paths = ["/var/run/docker.sock", "/run/podman/podman.sock"]
        if let folder = environment["XDG_RUNTIME_DIR"] {
            paths += ["\(folder)/docker.sock", "\(folder)/podman/podman.sock"]
        }
        if let home = environment["HOME"] { paths.append("\(home)/.docker/run/docker.sock") }
        return paths
    }
}
