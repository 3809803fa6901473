public import Domain
public import JSON
import Storage

/// Which messages of automations: all, unless something is said.
public struct DeliveryFilters: JSONReadable, Sendable {
    let condition: Condition

    /// Reads `state`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var conditions: [Condition] = [.test("is_outward = TRUE", [])]
        if let state: Delivery.State = try reader.optional("state") {
            conditions.append(.test("is_dead = ?", [.flag(state == .dead)]))
        }
        condition = .all(conditions)
    }
}

extension Delivery.State: JSONReadable {}

/// Orders of messages.
public enum DeliveryOrder: String, CaseIterable, ListOrder {
    case newestFirst = "CREATED_DESC"
    case oldestFirst = "CREATED_ASC"

    public static let standard = newestFirst

    public var columns: String {
        switch self {
        case .newestFirst: "id DESC"
        case .oldestFirst: "id"
        }
    }
}

/// The messages of automations that have not got to their end: those that are to be sent, and those that nobody took.
extension Orchestrator {
    /// The messages that are asked for.
    public func deliveries(
        _ request: FilteredRequest<DeliveryFilters, DeliveryOrder>
    ) async throws -> [Delivery] {
        try await database.read { try $0.deliveries(request.query(request.filters.condition)) }
    }

    /// - Throws: `OrchestrationError.notFound`, also when it has got through since.
    public func delivery(_ id: ID<TriggeredAction>) async throws -> Delivery {
        try await database.read { try $0.outwardDelivery(id) }
    }

    /// Sends a message now, and again as often as if it were new.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func retryDelivery(_ id: ID<TriggeredAction>) async throws -> Delivery {
        try await change { change in
            let delivery = try change.store.outwardDelivery(id).revived(at: change.now)
            _ = try change.store.update(delivery)
            change.tell(.actionsTriggered)
            return delivery
        }
    }

    /// Drops a message. One that is being sent at this moment may still arrive.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func dropDelivery(_ id: ID<TriggeredAction>) async throws {
        try await change { change in
            _ = try change.store.outwardDelivery(id)
            _ = try change.store.deleteTriggeredAction(id)
        }
    }
}

extension Store {
    fileprivate func outwardDelivery(_ id: ID<TriggeredAction>) throws -> Delivery {
        let delivery = try delivery(id).flatMap { $0.action.action.isOutward ? $0 : nil }
        guard let delivery else {
            throw OrchestrationError.notFound(
                kind: "Delivery", name: "\(id)", hint: "it has got through, or somebody has dropped it")
        }
        return delivery
    }
}
