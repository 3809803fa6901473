import Domain
import Hummingbird
import JSON
import Orchestration

/// Settings of the server, and what is known of the kinds of places where runs execute.
struct AdminController: Controller {
    let orchestrator: Orchestrator
    let configuration: RESTConfiguration

    var routes: [Route] {
        [
            .get("/admin/settings", readSettings)
                .does("Read the server's settings", .ok(.map)),
            .get("/admin/storage", readStorage)
                .does("Read where results are stored", .ok(.storage)),
            .put("/admin/storage", setStorage)
                .does("Set where results are stored", takes: .storageUpdate, .ok(.storage), .notFound),
            .delete("/admin/storage", clearStorage)
                .does("Forget where results are stored", .noContent),
            .get("/collections/views/{view}", readCollection)
                .does("Read what is known of kinds of infrastructure", .ok(.map(of: .map))),
        ]
    }

    private func readSettings(_ call: Call) async throws -> Response { .json(configuration.settings) }

    private func readStorage(_ call: Call) async throws -> Response { .json(try await storage()) }

    private func setStorage(_ call: Call) async throws -> Response {
        let body: ResultStorageBody = try await call.body()
        try await orchestrator.setResultStorage(body.block)
        return .json(try await storage())
    }

    private func clearStorage(_ call: Call) async throws -> Response {
        try await orchestrator.setResultStorage(nil)
        return .noContent
    }

    private func storage() async throws -> JSONValue {
        ["default_result_storage_block_id": try await orchestrator.resultStorage().json]
    }

    private func readCollection(_ call: Call) async throws -> Response {
        let name = try call.name("view")
        guard name == "aggregate-worker-metadata" else { throw Problem.notFound("View \(name) not found in registry") }
        return .json(["prefect": ["process": WorkerKind.process, "docker": WorkerKind.docker]])
    }
}

extension RESTConfiguration {
    /// In the form of Prefect's settings, as far as there is such a one here. Pages show it as it is.
    fileprivate var settings: JSONValue {
        [
            "home": dataDirectory.json,
            "api": ["url": publicURL.json],
            "server": [
                "api": [
                    "host": .string(host), "port": port.json, "default_limit": ListLimits.most.json,
                    "auth_string": authString.map { .string($0.description) } ?? .null,
                    "csrf_protection_enabled": .bool(clientTokens != nil),
                ],
                "analytics_enabled": false,
                "ui": ["show_promotional_content": false],
            ],
            "sluice": [
                "version": .string(version), "agent_endpoint": .string(agentEndpoint), "started": started.json,
                "allowed_hosts": allowedHosts.json,
            ],
        ]
    }
}
