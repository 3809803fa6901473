import Domain
import Hummingbird
import JSON
import Orchestration

struct AutomationsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/automations", create)
                .does("Make an automation", takes: .automationCreate, .created(.automation)),
            .get("/automations/{id}", read)
                .does("Read an automation", .ok(.automation)),
            .put("/automations/{id}", replace)
                .does("Put an automation in the place of another", takes: .automationCreate, .noContent),
            .patch("/automations/{id}", update)
                .does("Enable or disable an automation", takes: .automationUpdate, .noContent),
            .delete("/automations/{id}", delete)
                .does("Delete an automation", .noContent),
            .post("/automations/filter", filter)
                .does("List automations", takes: .automationListRequest, .ok(.list(of: .automation))),
            .post("/automations/count", count)
                .does("Count automations", .ok(.count)),
            .get("/automations/related-to/{resource}", related)
                .does("List the automations that start something, or belong to it", .ok(.list(of: .automation))),
            .delete("/automations/owned-by/{resource}", deleteOwned)
                .does("Delete the automations that belong to something", .accepted(.null)),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        .json(try await orchestrator.createAutomation(try await call.body()).view(for: call), .created)
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.automation(try call.id(of: Automation.self)).view(for: call))
    }

    private func replace(_ call: Call) async throws -> Response {
        try await orchestrator.replaceAutomation(try call.id(of: Automation.self), with: try await call.body())
        return .noContent
    }

    private func update(_ call: Call) async throws -> Response {
        let body: AutomationSwitch = try await call.body()
        try await orchestrator.setEnabled(body.isEnabled, automation: try call.id(of: Automation.self))
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteAutomation(try call.id(of: Automation.self))
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: FilteredRequest<AutomationFilters, AutomationOrder> = try await call.body()
        return .json(.list(try await orchestrator.automations(request)) { $0.view(for: call) })
    }

    private func count(_ call: Call) async throws -> Response {
        .json(try await orchestrator.countAutomations().json)
    }

    private func related(_ call: Call) async throws -> Response {
        .json(.list(try await orchestrator.automations(relatedTo: try call.name("resource"))) { $0.view(for: call) })
    }

    private func deleteOwned(_ call: Call) async throws -> Response {
        try await orchestrator.deleteAutomations(ownedBy: try call.name("resource"))
        return .json(.null, .accepted)
    }
}

/// What of an automation is changed without its being replaced.
private struct AutomationSwitch: JSONReadable, Sendable {
    let isEnabled: Bool

    init(reading reader: JSONReader) throws(JSONReadingError) {
        isEnabled = try reader.optional("enabled") ?? true
        try reader.forbidExtraKeys(besides: ["enabled"])
    }
}
