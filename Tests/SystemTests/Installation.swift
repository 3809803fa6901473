import Glibc
import JSON
import TestSupport
import Testing

/// A server with agents, made of the real programs, and the CLI to use them with.
final class Installation: Sendable {
    let sandbox: Sandbox
    let http: String
    let agents: String
    let host: String
    /// Where the server and those who use it are.
    private let namespace: String?

    /// - Parameters:
    ///   - host: where the server listens; it is told `--insecure` if that is not the loopback.
    ///   - namespace: the network namespace in which that is.
    init(host: String = "127.0.0.1", namespace: String? = nil) throws {
        sandbox = try Sandbox()
        self.host = host
        self.namespace = namespace
        (http, agents) = ("\(host):\(try freePort())", "\(host):\(try freePort())")
    }

    var data: String { "\(sandbox.path)/server" }

    /// Starts the server, and waits until it answers.
    func startServer(
        _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> Program {
        let openness = host == "127.0.0.1" ? [] : ["--insecure"]
        let server = try Program(
            "sluice-server", ["--http", http, "--agents", agents, "--data", data] + openness + arguments, in: sandbox,
            environment: environment, namespace: namespace)
        _ = try await eventually("the server") {
            try #require(server.exitStatus() == nil, "the server has ended: \(server.errors)")
            return server.errors.contains("is ready") ? true : nil
        }
        return server
    }

    /// Starts an agent; its data stays the same for the same name.
    func startAgent(
        _ name: String = "a1", slots: Int = 4, _ arguments: [String] = [], namespace: String? = nil
    ) throws -> Program {
        try Program(
            "sluice-agent",
            [
                "--server", agents, "--name", name, "--slots", "\(slots)", "--data", "\(sandbox.path)/\(name)",
            ] + arguments, in: sandbox, namespace: namespace)
    }

    /// Uses the CLI, to its end.
    func sluice(
        _ arguments: String..., input: String? = nil
    ) async throws -> (status: Int32, output: String, errors: String) {
        let program = try Program(
            "sluice", arguments, in: sandbox, environment: ["SLUICE_API_URL": "http://\(http)/api"],
            namespace: namespace, input: input)
        let status = try await program.wait(atMost: .seconds(120))
        return (status, program.output, program.errors)
    }

    /// Uses the CLI with `--json`, and reads what it says.
    func json(_ arguments: String...) async throws -> JSONValue {
        let program = try Program(
            "sluice", arguments + ["--json"], in: sandbox, environment: ["SLUICE_API_URL": "http://\(http)/api"],
            namespace: namespace)
        let status = try await program.wait(atMost: .seconds(120))
        try #require(status == 0, "sluice \(arguments.joined(separator: " ")): \(program.errors)")
        return try JSONValue(parsing: program.output)
    }

    /// A deployment `sample/NAME` of a shell script, deployed.
    func deploy(_ name: String, script: String, _ document: String = "") async throws {
        let text = """
            flow: sample
            name: \(name)
            command: [sh, script.sh]
            \(document)
            """
        let folder = try sandbox.folder("deploy-\(name)", ["sluice.yaml": text, "script.sh": script])
        let result = try await sluice("deploy", folder)
        try #require(result.status == 0, "\(result.errors)")
    }

    /// Queues a run of `sample/NAME`.
    ///
    /// - Returns: its id.
    func run(_ name: String) async throws -> String {
        try #require(try await json("run", "sample/\(name)")["id"]?.stringValue)
    }

    func state(of run: String) async throws -> String? {
        try await json("show", run)["run"]?["state"]?["type"]?.stringValue
    }

    /// What came of each attempt at the run, the first first: the agent's name and the outcome.
    func outcomes(of run: String) async throws -> [String] {
        let attempts = try await json("show", run)["attempts"]?.arrayValue ?? []
        return attempts.map { "\($0["agent_name"]?.stringValue ?? "-") \($0["outcome"]?.stringValue ?? "-")" }
    }

    /// The process that watches the children of an agent of this installation.
    func supervisor(of agent: String) async throws -> pid_t {
        let ending = "\0supervise\0\(sandbox.path)/\(agent)/supervisor\0"
        return try await eventually("the supervisor of \(agent)") {
            ProcessTable.all.first { ProcessTable.arguments(of: $0).hasSuffix(ending) }
        }
    }

    /// Waits until the run is in a state of one of these types.
    @discardableResult
    func wait(for run: String, toBe types: String...) async throws -> JSONValue {
        try await eventually("run \(run) to be \(types)") {
            let shown = try await json("show", run)
            return shown["run"]?["state"]?["type"]?.stringValue.map { types.contains($0) } == true ? shown : nil
        }
    }
}

/// A port that nothing listens on now.
func freePort() throws -> Int {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
        }
    }
    try #require(bound, "no port is free")
    return Int(UInt16(bigEndian: address.sin_port))
}
