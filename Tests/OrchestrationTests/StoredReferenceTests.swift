import Domain
import JSON
import TestSupport
import Testing

@testable import Orchestration

/// What deployments name that the server keeps, when an attempt begins.
@Suite struct StoredReferenceTests {
    private func keep(_ secret: JSONValue, as name: String, on stage: Stage) async throws {
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
