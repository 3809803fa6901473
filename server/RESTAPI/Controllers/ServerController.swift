import Domain
import HTTPTypes
import Hummingbird
import JSON
import Orchestration

/// What the server says of itself.
struct ServerController: Controller {
    /// The API that is spoken: `X-PREFECT-API-VERSION`.
    private static let apiVersion = "0.8.4"
    /// The release of Prefect whose clients are served. They want the major version to be their own.
    private static let prefectVersion = "3.8.0"

    let orchestrator: Orchestrator
    let configuration: RESTConfiguration

    var routes: [Route] {
        [
            .get("/health") { _ in .json(true) }
                .does("Say that the server is there", .ok(.flag)),
            .get("/ready", ready)
                .does("Say whether the database answers", .ok(.ready)),
            .get("/hello") { _ in .json("👋") }
                .does("Say hello", .ok(.text)),
            .get("/version") { _ in .json(.string(Self.apiVersion)) }
                .does("Read which version of the API is spoken", .ok(.text)),
            .get("/admin/version") { _ in .json(.string(Self.prefectVersion)) }
                .does("Read which release of Prefect the clients of are served", .ok(.text)),
            .get("/csrf-token", makeToken)
                .does(
                    "Ask for a token against forged requests", query: [.optional("client", .text)], .ok(.clientToken)),
            .get("/sluice", describe)
                .does("Read what the server is, and how it goes", .ok(.server)),
        ]
    }

    /// Ready is who can answer from the database, and store what is asked for.
    private func ready(_ call: Call) async throws -> Response {
        try await orchestrator.requireReadiness()
        return .json(["message": "OK"])
    }

    /// The client's token for changes. Each answer is a new one, and those before it stay good until they expire.
    private func makeToken(_ call: Call) async throws -> Response {
        guard let tokens = configuration.clientTokens else { throw Problem.invalid("CSRF protection is disabled.") }
        guard let client = call.query("client") else { throw InvalidBody.missing(query: "client") }
        let now = orchestrator.now
        let token = tokens.token(for: client, at: now)
        return .json([
            "id": .string("\(orchestrator.surroundings.newID(ClientTokens.self))"), "created": now.json,
            "updated": now.json, "token": .string(token.text), "client": .string(client),
            "expiration": token.expiration.json,
        ])
    }

    private func describe(_ call: Call) async throws -> Response {
        let url = configuration.publicURL ?? "http://\(call.request.head.authority ?? configuration.host)"
        var answer: JSONObject = [
            "version": .string(configuration.version), "api_url": "\(url)/api",
            "agent_endpoint": .string(configuration.agentEndpoint), "public_url": configuration.publicURL.json,
            "started": configuration.started.json, "runs": runsView(try await orchestrator.tally()),
            "agents_online": try await orchestrator.agentsOnline().json,
        ]
        answer["data_directory"] = configuration.dataDirectory.map { .string($0) }
        return .json(.object(answer))
    }
}
