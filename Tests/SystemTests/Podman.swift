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

    init(for place: Installation) async throws {
        self.place = place
        folder = try place.sandbox.folder("podman", ["containers.conf": Self.configuration])
        socket = "\(folder)/podman.sock"
        let (folder, socket) = (folder, socket)
        service = try Program(
            "/usr/bin/podman", Self.stores(folder) + ["system", "service", "--time=0", "unix://\(socket)"],
            in: place.sandbox, environment: ["CONTAINERS_CONF": "\(folder)/containers.conf"])
        _ = try await eventually("Podman") { [service] in
            try #require(service.exitStatus() == nil, "Podman cannot run here: \(service.errors)")
            return access(socket, R_OK) == 0 ? true : nil
        }
    }

    /// Podman keeps its store mounted on itself.
    deinit { umount2("\(folder)/root/overlay", Int32(MNT_DETACH)) }

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

        """

    private static func stores(_ folder: String) -> [String] {
        ["--root", "\(folder)/root", "--runroot", "\(folder)/run", "--tmpdir", "\(folder)/tmp"]
    }

    func podman(_ arguments: String...) async throws -> String {
        let program = try Program(
            "/usr/bin/podman", Self.stores(folder) + arguments, in: place.sandbox,
            environment: ["CONTAINERS_CONF": "\(folder)/containers.conf"])
        let status = try await program.wait(atMost: .seconds(120))
        try #require(status == 0, "podman \(arguments): \(program.errors)")
        return program.output
    }

    /// Makes an image of this machine's own files: `shell` or `python` (see `Containers/image.py`).
    ///
    /// - Returns: its name.
    func makeImage(_ kind: String, python: String = "python3") async throws -> String {
        let (name, archive) = ("localhost/sluice-\(kind):1", "\(folder)/\(kind).tar")
        let script = "'\(python)' '\(Repository.root)/Tests/SystemTests/Containers/image.py' \(kind) > '\(archive)'"
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
