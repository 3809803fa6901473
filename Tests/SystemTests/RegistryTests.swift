import Glibc
import JSON
import TestSupport
import Testing

/// Images of a registry that gives them to one user only, fetched by a real Podman.
@Suite(.enabled(if: Podman.isInstalled, Podman.advice), .timeLimit(.minutes(5))) struct RegistryTests {
    private static let (user, password) = ("puller", "pull-Wort-1")

    private let place: Installation
    private let registry: Program
    private let host: String
    private let podman: Podman

    init() async throws {
        place = try Installation()
        let archive = "\(place.sandbox.path)/image.tar"
        let maker = try Program(
            "/bin/sh", ["-c", "python3 '\(Repository.root)/scripts/machine_image.py' shell > '\(archive)'"],
            in: place.sandbox)
        try #require(try await maker.wait() == 0, "\(maker.errors)")
        registry = try Program(
            "/usr/bin/env",
            ["python3", "\(Repository.root)/Tests/SystemTests/Containers/registry.py", archive], in: place.sandbox,
            environment: ["REGISTRY_LOGIN": "\(Self.user):\(Self.password)"])
        host = try await eventually("the registry") { [registry] in
            let words = registry.output.split(whereSeparator: \.isWhitespace)
            return words.count > 1 ? "127.0.0.1:\(words[1])" : nil
        }
        podman = try await Podman(for: place, plainRegistry: host)
    }

    private func start(_ arguments: String...) async throws -> Program {
        _ = try await place.startServer()
        return try place.startAgent("a1", ["--docker-host", "unix://\(podman.socket)"] + arguments)
    }

    private func deploy(_ name: String, registry credentials: String?) async throws {
        let registry = credentials.map { ", registry: \($0)" } ?? ""
        try await place.deploy(
            name, script: "echo fetched\n", "container: {image: \"\(host)/team/\(name):1\"\(registry)}")
    }

    /// The message of the state that a run ends in.
    private func end(of name: String) async throws -> (type: String, message: String, run: String) {
        let run = try await place.run(name)
        let state = try await place.wait(for: run, toBe: "COMPLETED", "FAILED", "CRASHED")["run"]?["state"]
        return (state?["type"]?.stringValue ?? "-", state?["message"]?.stringValue ?? "", run)
    }

    private func keep(_ secret: String, _ value: String) async throws {
        let result = try await place.sluice("secret", "set", secret, input: value)
        try #require(result.status == 0, "\(result.errors)")
    }

    /// Whether a text is in any file below the agent's data, or among anybody's arguments.
    private func expectUnseen(_ text: String, _ run: String) async throws {
        #expect(!ProcessTable.all.contains { ProcessTable.arguments(of: $0).contains(text) })
        #expect(try await !place.sluice("logs", run).output.contains(text))
        #expect(try await !place.json("show", run).serialized().contains(text))
        let files = try Program("/bin/grep", ["-rl", text, "\(place.sandbox.path)/a1"], in: place.sandbox)
        #expect(try await files.wait() != 0, "\(files.output)")
    }

    @Test func aDeploymentNamesWhoFetches() async throws {
        let agent = try await start()
        try await keep("registry", Self.password)
        let credentials = "{username: \(Self.user), password: \"{{ secrets.registry }}\"}"
        try await deploy("named", registry: credentials)
        let (type, message, run) = try await end(of: "named")
        #expect(type == "COMPLETED", "\(message)")
        #expect(registry.output.contains("asked by \(Self.user) /v2/team/named/manifests/1"))
        try await expectUnseen(Self.password, run)
        let shown = try await place.json("deployment", "show", "sample/named").serialized()
        #expect(shown.contains("{{ secrets.registry }}") && !shown.contains(Self.password))

        try await keep("registry", "another-one")
        try await deploy("wrong", registry: credentials)
        let refused = try await end(of: "wrong")
        #expect(refused.type == "FAILED")
        #expect(refused.message.contains("the registry \(host) refused \(Self.user) the image"), "\(refused.message)")
        #expect(refused.message.contains("or the secret that it names") && !refused.message.contains("another-one"))
        withExtendedLifetime(agent) {}
    }

    @Test func anAgentKnowsLoginsFromAFile() async throws {
        let file = "\(place.sandbox.path)/auth.json"
        // "puller:pull-Wort-1", as `podman login` writes it.
        try place.sandbox.write(
            "{\"auths\": {\"\(host)\": {\"auth\": \"cHVsbGVyOnB1bGwtV29ydC0x\"}}}", to: file)
        let agent = try await start("--registry-auth", file)
        try await deploy("known", registry: nil)
        let (type, message, run) = try await end(of: "known")
        #expect(type == "COMPLETED", "\(message)")
        try await expectUnseen(Self.password, run)
        // It is read for each run. "puller:wrong"
        try place.sandbox.write("{\"auths\": {\"\(host)\": {\"auth\": \"cHVsbGVyOndyb25n\"}}}", to: file)
        try await deploy("refused", registry: nil)
        #expect(try await end(of: "refused").message.contains("correct the entry of \(host) in \(file)"))
        withExtendedLifetime(agent) {}
    }

    @Test func withoutALoginItIsSaidWhatIsMissing() async throws {
        let agent = try await start()
        try await deploy("unknown", registry: nil)
        let (type, message, _) = try await end(of: "unknown")
        #expect(type == "FAILED" && message.contains("only to those whom it knows"), "\(message)")
        #expect(message.contains("--registry-auth"))
        let folder = try place.sandbox.folder(
            "plain",
            [
                "sluice.yaml":
                    "flow: a\nname: b\ncommand: [x]\ncontainer: {image: i, registry: {username: u, password: p}}"
            ])
        let refused = try await place.sluice("deploy", folder)
        #expect(refused.status != 0 && refused.errors.contains("sluice secret set NAME"), "\(refused.errors)")
        withExtendedLifetime(agent) {}
    }

    @Test func aFileThatIsOfNoUseIsToldAtOnce() async throws {
        let agent = try place.startAgent("a2", ["--registry-auth", "\(place.sandbox.path)/nowhere.json"])
        #expect(try await agent.wait() == 1)
        #expect(agent.errors.contains("nowhere.json is of no use: it cannot be read"), "\(agent.errors)")
    }
}
