import Glibc
import JSON
import TestSupport
import Testing

/// Prefect's own clients deploy to a pool of type `docker`, and Sluice's agents execute that in containers of a real
/// Podman, in an image of Python. Prefect itself is mounted.
@Suite(.enabled(if: Podman.isInstalled, Podman.advice), .timeLimit(.minutes(15))) struct PrefectContainerTests {
    private static let flows = "\(PrefectJourneys.folder)/containers"

    private let place: Installation
    private let podman: Podman

    init() async throws {
        // All addresses: a container with a network of its own does not reach the loopback of its host.
        place = try Installation(host: "0.0.0.0")
        podman = try await Podman(for: place)
    }

    private struct Client {
        let series: String
        var folder: String { "\(Repository.root)/.build/prefect-\(series.prefix(1))" }
    }

    private func begin(_ client: Client) async throws -> (image: String, programs: [Program]) {
        let image = try await podman.makeImage("python", python: "\(client.folder)/bin/python")
        let server = try await place.startServer()
        try await use(client, "prefect", "work-pool", "create", "--type", "docker", "boxes")
        let agent = try place.startAgent(
            "a1", slots: 4, ["--pool", "boxes", "--docker-host", "unix://\(podman.socket)"])
        _ = try place.sandbox.folder("given", ["word": "a word\n"])
        return (image, [server, agent])
    }

    @discardableResult
    private func use(
        _ client: Client, _ program: String, _ arguments: String..., environment: [String: String] = [:]
    ) async throws -> String {
        let own = [
            "PREFECT_API_URL": "http://127.0.0.1:\(place.http.split(separator: ":")[1])/api",
            "HOME": place.sandbox.path, "PREFECT_HOME": "\(place.sandbox.path)/prefect",
        ]
        let command = "cd '\(Self.flows)' && exec '\(client.folder)/bin/\(program)' \"$@\""
        let program = try Program(
            "/bin/sh", ["-c", command, program] + arguments, in: place.sandbox,
            environment: own.merging(environment) { $1 })
        let status = try await program.wait(atMost: .seconds(300))
        try #require(status == 0, "\(arguments): \(program.output)\(program.errors)")
        return program.output
    }

    private func deploy(by client: Client, image: String, network: String) async throws {
        let environment = [
            "BOX_IMAGE": image, "BOX_PREFECT": client.folder, "BOX_FLOWS": Self.flows,
            "BOX_GIVEN": "\(place.sandbox.path)/given", "BOX_NETWORK": network, "PYTHONDONTWRITEBYTECODE": "1",
        ]
        try await use(
            client, "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", "boxed.yaml",
            environment: environment)
    }

    private func log(of run: String) async throws -> String { try await place.sluice("logs", run).output }

    private func end(of deployment: String) async throws -> (state: String, log: String) {
        let run = try #require(try await place.json("run", deployment)["id"]?.stringValue)
        let shown = try await place.wait(for: run, toBe: "COMPLETED", "FAILED", "CRASHED")
        let state = shown["run"]?["state"]
        // What the flow sent last is there when its process has ended.
        try await waitForNothingLeft()
        return (
            "\(state?["type"]?.stringValue ?? "-") \(state?["message"]?.stringValue ?? "")", try await log(of: run)
        )
    }

    /// The run has ended when its flow says so; its container goes a moment later, with what the agent kept of it.
    private func waitForNothingLeft() async throws {
        _ = try await eventually("the end of the containers") {
            try await podman.containers().isEmpty ? true : nil
        }
        _ = try await eventually("the end of what is kept of them") {
            let listing = try Program("/bin/ls", ["\(place.sandbox.path)/a1/containers"], in: place.sandbox)
            try #require(try await listing.wait() == 0)
            return listing.output.isEmpty ? true : nil
        }
    }

    @Test(arguments: [("3.8", "boxnet"), ("2.20", "host")])
    func whatAClientDeploysIsExecutedInAContainerAsItsVariablesSay(series: String, network: String) async throws {
        let client = Client(series: series)
        if network != "host" { _ = try await podman.podman("network", "create", network) }
        let (image, programs) = try await begin(client)
        try await deploy(by: client, image: image, network: network)
        let (state, log) = try await end(of: "looks/boxed")
        #expect(state.hasPrefix("COMPLETED"), "\(state) \(log)")
        #expect(log.contains("prefect \(series).") && log.contains("own mine said a word"), "\(log)")
        #expect(log.contains("memory \(384 << 20)") && log.contains("sum 12"), "\(log)")
        if network != "host" { #expect(log.contains("networks eth0 lo"), "\(log)") }
        withExtendedLifetime(programs) {}
    }

    @Test(arguments: ["3.8", "2.20"])
    func aCancelledFlowEndsWithItsContainer(series: String) async throws {
        let client = Client(series: series)
        let (image, programs) = try await begin(client)
        try await deploy(by: client, image: image, network: "host")
        let run = try #require(try await place.json("run", "waits/boxed-too")["id"]?.stringValue)
        _ = try await eventually("its beginning", atMost: .seconds(120)) {
            try await log(of: run).contains("up") ? true : nil
        }
        #expect(try await podman.containers().count == 1)
        try await use(client, "prefect", "flow-run", "cancel", run)
        try await place.wait(for: run, toBe: "CANCELLED")
        try await waitForNothingLeft()
        // The older client knows no difference between a cancellation and the end of its host.
        if series == "3.8" { #expect(try await log(of: run).contains("hook: cancelled")) }
        withExtendedLifetime(programs) {}
    }

    @Test func aFlowIsDeployedFromPython() async throws {
        let client = Client(series: "3.8")
        let (image, programs) = try await begin(client)
        let variables: JSONValue = [
            "python": .string("\(client.folder)/bin/python"), "env": ["OWN": "from Python"],
            "image_pull_policy": "Never",
            "volumes": [
                .string("\(client.folder):\(client.folder):ro"), .string("\(Self.flows):\(Self.flows):ro"),
                .string("\(place.sandbox.path)/given:/given"),
            ],
        ]
        try await use(client, "python", "deploying.py", "boxes", image, variables.serialized())
        let (state, log) = try await end(of: "looks/from-python")
        #expect(state.hasPrefix("COMPLETED") && log.contains("own from Python said a word"), "\(state) \(log)")
        withExtendedLifetime(programs) {}
    }
}
