import Domain
import JSON
import Storage
import TestSupport
import Testing

@testable import Orchestration

/// What deployments name that the server keeps, when an attempt begins.
@Suite struct StoredReferenceTests {
    func keep(_ secret: JSONValue, as name: String, on stage: Stage) async throws {
        try await stage.orchestrator.installSystemBlocks()
        let type = try await stage.orchestrator.blockType(slug: "secret")
        var schema = BlockSchemaRequest(typeID: type.id)
        schema.fields = ["secret_fields": ["value"], "properties": ["value": [:]]]
        var request = BlockDocumentRequest(
            typeID: type.id, schemaID: try await stage.orchestrator.ensureBlockSchema(schema).schema.schema.id)
        request.data = ["value": secret]
        request.name = name
        _ = try await stage.orchestrator.createBlockDocument(request)
    }

    private func deploy(_ stage: Stage, _ environment: [String: String]) async throws -> Deployment {
        try await stage.deploy { $0.execution?.environment = environment }
    }

    @Test func aGrantHasWhatIsKeptAtThatMoment() async throws {
        let stage = try await Stage()
        try await keep("hush", as: "token", on: stage)
        _ = try await stage.orchestrator.createVariable(named: "place", value: ["city": "Ulm"], tags: [])
        let deployment = try await deploy(
            stage, ["A": "{{ variables.place.city }} {{ secrets.token }}", "B": "{{ blocks.secret.token.value }}"])
        let run = try await stage.submit(deployment)
        try await stage.orchestrator.updateVariable(named: "place") { $0.value = ["city": "Bonn"] }
        _ = try await stage.welcomeAgent()
        let grant = try #require(try await stage.claim().first)
        #expect(grant.environment["A"] == "Bonn hush" && grant.environment["B"] == "hush")
        #expect(grant.secrets == ["hush"])
        #expect(!"\(try await stage.orchestrator.run(run.id))".contains("hush"))
    }

    /// The run's log need not hide what the run does not get, and what hides it would tell it.
    @Test func theAgentGetsTheTokenOfTheCodeAndTheRunDoesNot() async throws {
        let stage = try await Stage()
        try await keep("hush", as: "git", on: stage)
        let deployment = try await stage.deploy {
            $0.execution?.code = CodeSource(.git, [.url: "https://example.org/a.git", .token: "{{ secrets.git }}"])
        }
        let run = try await stage.submit(deployment)
        _ = try await stage.welcomeAgent()
        let grant = try #require(try await stage.claim().first)
        #expect(grant.code?[.token] == "hush" && grant.code?[.url] == "https://example.org/a.git")
        #expect(grant.execution.code?[.token] == "{{ secrets.git }}")
        #expect(grant.secrets.isEmpty && !grant.environment.values.contains("hush"))
        let started = AttemptReport.Fact.started(at: stage.clock.time, codeRevision: "0a1b2c")
        #expect(try await stage.report(grant, 1, started) == .taken(through: 1))
        let attempts = try await stage.orchestrator.database.read { try $0.attempts(at: run.id) }
        #expect(attempts.map(\.codeRevision) == ["0a1b2c"])
    }

    @Test func codeThatCannotBeHadIsACrashAndIsTriedAgain() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy {
            $0.execution?.code = CodeSource(.git, [.url: "https://example.org/a.git"])
            $0.execution?.policy.crashRetries = RetryPolicy(limit: 1)
        }
        let run = try await stage.submit(deployment)
        _ = try await stage.welcomeAgent()
        for attempt in 1...2 {
            let grant = try #require(try await stage.claim().first)
            #expect(grant.attempt == attempt)
            let end = AttemptEnd(.notStarted, at: stage.clock.time, message: "no such branch", lackedCode: true)
            #expect(try await stage.report(grant, 1, .ended(end)) == .taken(through: 1))
        }
        let state = try await stage.state(run)
        #expect(state.type == .crashed && state.message?.contains("no such branch") == true, "\(state)")
    }

    @Test(arguments: [
        CodeSource(.git, [.url: "https://example.org/a.git", .token: "ghp_0815"]), CodeSource(.git, [.url: "ext::id"]),
        CodeSource(.image),
    ])
    func codeThatNoAgentCouldHaveIsRefused(source: CodeSource) async throws {
        let stage = try await Stage()
        await #expect(throws: OrchestrationError.self) { try await stage.deploy { $0.execution?.code = source } }
        let deployment = try await stage.deploy()
        await #expect(throws: OrchestrationError.self) {
            try await stage.orchestrator.updateDeployment(deployment.id) { $0.execution?.code = source }
        }
    }

    @Test(arguments: [
        ("{{ variables.nowhere }}", "sluice variable set nowhere"), ("{{ variables.place.street }}", "no such part"),
        ("{{ secrets.nothing }}", "sluice secret set nothing"), ("{{ blocks.secret.token.x }}", "no such field"),
        ("{{ blocks.nothing.token.x }}", "no such block"),
    ])
    func whatIsMissingIsNamed(text: String, words: String) async throws {
        let stage = try await Stage()
        try await keep("hush", as: "token", on: stage)
        _ = try await stage.orchestrator.createVariable(named: "place", value: ["city": "Ulm"], tags: [])
        let run = try await stage.submit(try await deploy(stage, ["A": text]))
        _ = try await stage.welcomeAgent()
        #expect(try await stage.claim().isEmpty)
        let state = try await stage.state(run)
        #expect(state.type == .failed)
        #expect(state.message?.contains(text) == true && state.message?.contains(words) == true, "\(state)")
    }

    @Test func aSecretAmongArgumentsIsRefused() async throws {
        let stage = try await Stage()
        await #expect(throws: OrchestrationError.self) {
            try await stage.deploy { $0.execution?.command = .arguments(["echo", "{{ secrets.token }}"]) }
        }
    }

    @Test func aRegistrysPasswordIsLookedUpAndNeverWrittenDown() async throws {
        let stage = try await Stage()
        func container(_ password: String) -> ContainerSpec {
            ContainerSpec(image: "i", registry: RegistryCredentials(username: "me", password: password))
        }
        await #expect(throws: OrchestrationError.self) {
            try await stage.deploy { $0.execution?.container = container("hush") }
        }
        try await keep("hush", as: "token", on: stage)
        let deployment = try await stage.deploy { $0.execution?.container = container("{{ secrets.token }}") }
        _ = try await stage.submit(deployment)
        _ = try await stage.welcomeAgent(labels: [ExecutionSpec.containerLabel: "true"])
        let grant = try #require(try await stage.claim().first)
        #expect(grant.execution.container?.registry == RegistryCredentials(username: "me", password: "hush"))
        #expect(grant.secrets == ["hush"] && deployment.execution?.container == container("{{ secrets.token }}"))
    }
}
