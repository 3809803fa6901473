import Domain
import Hummingbird
import JSON
import Orchestration

/// The messages of automations that have not got to their end. Prefect has nothing like it.
struct DeliveriesController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/automations/deliveries/filter", filter)
                .does(
                    "List messages of automations that wait, or did not get through", takes: .deliveryListRequest,
                    .ok(.list(of: .delivery))),
            .get("/automations/deliveries/{id}", read)
                .does("Read a message of an automation", .ok(.delivery)),
            .post("/automations/deliveries/{id}/retry", retry)
                .does("Send a message of an automation again", .accepted(.delivery)),
            .delete("/automations/deliveries/{id}", drop)
                .does("Drop a message of an automation", .noContent),
        ]
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: FilteredRequest<DeliveryFilters, DeliveryOrder> = try await call.body()
        return .json(.list(try await orchestrator.deliveries(request), \.view))
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.delivery(try call.id(of: TriggeredAction.self)).view)
    }

    private func retry(_ call: Call) async throws -> Response {
        .json(try await orchestrator.retryDelivery(try call.id(of: TriggeredAction.self)).view, .accepted)
    }

    private func drop(_ call: Call) async throws -> Response {
        try await orchestrator.dropDelivery(try call.id(of: TriggeredAction.self))
        return .noContent
    }
}
