public import Domain
import JSON
import Storage

/// Does what automations are to do. What is noted is done at least once: it is crossed out in the transaction that tells
/// of its end, and what is done twice by a crash in between is told apart by the id of the doing. A message that does not
/// get through is sent again later; when that is in vain, it stays where people find it.
public struct ActionRunner: Loop {
    /// Whom an action concerns.
    public enum Side: String, Sendable {
        /// The server itself: done one after the other, in the order of their triggers.
        case inward
        /// Somebody else's servers, which may let one wait.
        case outward
    }

    private static let interval: Duration = .seconds(10)
    private static let chunk = 16
    /// How many messages that did not get through are kept.
    static let mostDead = 10_000

    private let orchestrator: Orchestrator
    private let side: Side
    private let performer: ActionPerformer

    public init(
        _ orchestrator: Orchestrator, _ side: Side, messenger: any Messenger, portraits: any ResourcePortraits
    ) {
        self.orchestrator = orchestrator
        self.side = side
        performer = ActionPerformer(orchestrator, messenger, portraits)
    }

    public var name: String { "action-runner-\(side.rawValue)" }

    /// Does all that is due. `Notice.actionsTriggered` tells of more.
    ///
    /// - Returns: the time until something is to be done again.
    public func tick(at now: Timestamp) async throws -> Duration {
        let isOutward = side == .outward
        while true {
            let deliveries = try await orchestrator.database.read {
                try $0.dueDeliveries(outward: isOutward, at: now, limit: Self.chunk)
            }
            guard !deliveries.isEmpty else { break }
            try Task.checkCancellation()
            if isOutward {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for delivery in deliveries { group.addTask { try await finish(delivery) } }
                    try await group.waitForAll()
                }
            } else {
                for delivery in deliveries { try await finish(delivery) }
            }
        }
        if isOutward { try await dropOldest() }
        let next = try await orchestrator.database.read { try $0.nextDelivery(outward: isOutward) }
        return next.map { min(max($0 - now, .milliseconds(1)), Self.interval) } ?? Self.interval
    }

    private func finish(_ delivery: Delivery) async throws {
        let result = try await performer.perform(delivery.action)
        let isOutward = side == .outward
        try await orchestrator.change { change in
            change.actionDepth = delivery.action.depth + 1
            guard isOutward, let reason = result.failure else {
                // Somebody may have crossed it out: then its end is told.
                guard try change.store.deleteTriggeredAction(delivery.id) else { return }
                return try change.tell(of: delivery.action, result)
            }
            let failed = delivery.failed(
                because: reason, result.postponement, .standard, at: change.now,
                chance: change.surroundings.occasion(at: change.now).chance)
            guard try change.store.update(failed), failed.state == .dead else { return }
            var last = result
            last.details["tries"] = failed.tries.json
            try change.tell(of: delivery.action, last)
        }
    }

    private func dropOldest() async throws {
        guard try await orchestrator.database.read({ try $0.hasDeadDeliveries(moreThan: Self.mostDead) }) else {
            return
        }
        try await orchestrator.change { change in try change.store.dropDeadDeliveries(keeping: Self.mostDead) }
    }
}

/// What has come of an action.
struct ActionResult: Sendable {
    /// Why it was not done; nothing if it was.
    var failure: String?
    /// That it may come to be done all the same, if it is tried again.
    var postponement: Postponement?
    /// What is told of it besides.
    var details: JSONObject = [:]
    /// What it was done to, and with.
    var related: [EventResource] = []
}

extension TriggeredAction {
    /// How long before the firing its event may have happened so that the one follows from the other.
    fileprivate static let tightTime: Duration = .seconds(300)

    fileprivate var isTight: Bool {
        guard let event else { return false }
        let distance = firing.triggered - event.occurred
        return distance < Self.tightTime && distance > .zero - Self.tightTime
    }
}

extension Change {
    /// Tells of the end of an action in two events, as Prefect's server does.
    fileprivate mutating func tell(of action: TriggeredAction, _ result: ActionResult) throws {
        var related = result.related
        related.append(EventResource(.event, "\(action.told)", role: "automation-triggered-event"))
        if let event = action.event { related.append(EventResource(.event, "\(event.id)", role: "triggering-event")) }
        let details: JSONObject = [
            "action_index": action.index.json, "action_type": .string(action.action.type), "invocation": action.id.json,
        ]
        let resource = action.automation.resource(showingType: true)
        let triggered = Event(
            id: surroundings.newID(), occurred: action.firing.triggered, received: now,
            name: "prefect.automation.action.triggered", resource: resource, related: related, payload: details,
            follows: action.isTight ? action.event?.id : nil)
        var payload = details
        if let reason = result.failure { payload["reason"] = .string(reason) }
        let ended = Event(
            id: surroundings.newID(), occurred: now, received: now,
            name: "prefect.automation.action.\(result.failure == nil ? "executed" : "failed")", resource: resource,
            related: related, payload: payload.merging(result.details), follows: triggered.id)
        for event in [triggered, ended] { try store.insert(event) }
        tell(.eventsTaken([triggered, ended]))
    }
}
