import Glibc
import TestSupport
import Testing

/// A Podman of a test's own, which serves the Docker Engine API on a socket, and images that are made on the spot.
///
/// Containers want root here: with less there is no network of the host's, and no limits. As in CI.
final class Podman: Sendable {
    static let isInstalled = access("/usr/bin/podman", X_OK) == 0 && geteuid() == 0
    static let advice: Comment = "containers are tested by root with Podman: scripts/setup containers installs it"

    let socket: String
    private let place: Installation
    private let folder: String
    private let service: Program

    /// - Parameter plainRegistry: a registry without TLS that images may be fetched from.
    init(for place: Installation, plainRegistry: String? = nil) async throws {
        self.place = place
        folder = try place.sandbox.folder("podman", [:])
        try place.sandbox.write(
            Self.configuration.replacing("FOLDER", with: folder), to: "\(folder)/containers.conf")
        try place.sandbox.write(
            plainRegistry.map { "[[registry]]\nlocation = \"\($0)\"\ninsecure = true\n" } ?? "",
            to: "\(folder)/registries.conf")
        socket = "\(folder)/podman.sock"
        let (folder, socket) = (folder, socket)
        service = try Program(
            "/usr/bin/podman", Self.stores(folder) + ["system", "service", "--time=0", "unix://\(socket)"],
            in: place.sandbox, environment: Self.environment(folder))
        _ = try await eventually("Podman") { [service] in
            try #require(service.exitStatus() == nil, "Podman cannot run here: \(service.errors)")
            return access(socket, R_OK) == 0 ? true : nil
        }
    }

    /// Containers that a failed test has left are ended by Podman itself. It keeps its store mounted on itself.
    deinit {
        let command = ["/usr/bin/podman"] + Self.stores(folder) + ["rm", "--all", "--force", "--time", "0"]
        let settings = "CONTAINERS_CONF='\(folder)/containers.conf'"
        _ = system("\(settings) \(command.joined(separator: " ")) > /dev/null 2>&1")
        umount2("\(folder)/root/overlay", Int32(MNT_DETACH))
    }

    /// Whoever tests as root in a container has lower limits than Podman gives to its own; and mixed control groups,
    /// which only runc knows.
    private static let configuration = """
        [containers]
        default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
        [engine]
        cgroup_manager = "cgroupfs"
        runtime = "/usr/sbin/runc"
        events_logger = "file"
        lock_type = "file"
        [network]
        network_config_dir = "FOLDER/networks"

        """

    private static func environment(_ folder: String) -> [String: String] {
        [
            "CONTAINERS_CONF": "\(folder)/containers.conf", "CONTAINERS_REGISTRIES_CONF": "\(folder)/registries.conf",
            // Nobody's own logins.
            "REGISTRY_AUTH_FILE": "\(folder)/auth.json",
        ]
    }

    private static func stores(_ folder: String) -> [String] {
        ["--root", "\(folder)/root", "--runroot", "\(folder)/run", "--tmpdir", "\(folder)/tmp"]
    }

    func podman(_ arguments: String...) async throws -> String {
        let program = try Program(
            "/usr/bin/podman", Self.stores(folder) + arguments, in: place.sandbox,
            environment: Self.environment(folder))
        let status = try await program.wait(atMost: .seconds(120))
        try #require(status == 0, "podman \(arguments): \(program.errors)")
        return program.output
    }

    /// Makes an image of this machine's own files: `shell` or `python` (see scripts/machine_image.py).
    ///
    /// - Returns: its name.
    func makeImage(_ kind: String, python: String = "python3") async throws -> String {
        let (name, archive) = ("localhost/sluice-\(kind):1", "\(folder)/\(kind).tar")
        let script = "'\(python)' '\(Repository.root)/scripts/machine_image.py' \(kind) > '\(archive)'"
        let maker = try Program("/bin/sh", ["-c", script], in: place.sandbox)
        try #require(try await maker.wait(atMost: .seconds(120)) == 0, "\(maker.errors)")
        _ = try await podman("import", archive, name)
        return name
    }

    /// The names of the containers that there are, whether they run or not.
    func containers() async throws -> [String] {
        try await podman("ps", "--all", "--format", "{{.Names}}").split(separator: "\n").map(String.init)
    }
}
