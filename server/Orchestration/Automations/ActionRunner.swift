public import Domain
import JSON
import Storage

/// Does what automations are to do. What is noted is done at least once: it is crossed out in the transaction that tells
/// of its end, and what is done twice by a crash in between is told apart by the id of the doing.
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

    /// Does all that is noted. `Notice.actionsTriggered` tells of more.
    public func tick(at now: Timestamp) async throws -> Duration {
        let isOutward = side == .outward
        while true {
            let actions = try await orchestrator.database.read {
                try $0.triggeredActions(outward: isOutward, limit: Self.chunk)
            }
            guard !actions.isEmpty else { return Self.interval }
            try Task.checkCancellation()
            if isOutward {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for action in actions { group.addTask { try await finish(action) } }
                    try await group.waitForAll()
                }
            } else {
                for action in actions { try await finish(action) }
            }
        }
    }

    private func finish(_ action: TriggeredAction) async throws {
        let result = try await performer.perform(action)
        try await orchestrator.change { change in
            // Somebody may have crossed it out: then its end is told.
            guard try change.store.deleteTriggeredAction(action.id) else { return }
            change.actionDepth = action.depth + 1
            try change.tell(of: action, result)
        }
    }
}

/// What has come of an action.
struct ActionResult: Sendable {
    /// Why it was not done; nothing if it was.
    var failure: String?
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
