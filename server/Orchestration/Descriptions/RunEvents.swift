import Domain
import JSON
import Storage

/// Tells of the states that runs entered as events. A run's state is stored once, as a row of its history; its event is
/// made of that whenever somebody wants it.
struct RunEvents {
    private let store: Store
    private var describer: Describer
    private var runs: [ID<FlowRun>: Past] = [:]

    /// What is known of a run besides one of its states.
    private struct Past {
        let related: [EventResource]
        let name: String
        let isAutoScheduled: Bool
        let history: [RunState]
    }

    init(store: Store, describer: Describer) {
        self.store = store
        self.describer = describer
    }

    /// The event of a state; nil if its run is not there any more, or not visible yet. That a schedule has made a run
    /// is no event, as with Prefect's server.
    mutating func event(of state: RunState, run id: ID<FlowRun>) throws -> Event? {
        guard let past = try past(of: id), let place = past.history.firstIndex(where: { $0.id == state.id }),
            place > 0 || !past.isAutoScheduled
        else { return nil }
        let before = place > 0 ? past.history[place - 1] : nil
        let runCount = past.history[...place].count { $0.type == .running }
        return Event(
            id: state.id.cast(), occurred: state.timestamp, received: state.timestamp,
            name: StateEventNames.name(of: state), resource: .of(state, run: id, name: past.name, runCount: runCount),
            related: past.related,
            payload: [
                "intended": ["from": (before?.type.rawValue).json, "to": .string(state.type.rawValue)],
                "initial_state": before?.eventPayload ?? .null, "validated_state": state.eventPayload,
            ], follows: before?.id.cast())
    }

    private mutating func past(of id: ID<FlowRun>) throws -> Past? {
        if let known = runs[id] { return known }
        guard let run = try store.run(id) else { return nil }
        let described = try describer.describe(run)
        let past = Past(
            related: try related(to: described), name: run.name, isAutoScheduled: run.isAutoScheduled,
            history: try store.history(of: id))
        runs[id] = past
        return past
    }

    private mutating func related(to described: DescribedRun) throws -> [EventResource] {
        let run = described.run
        var related = [EventResource(.flow, "\(run.flowID)", name: described.flowName, role: "flow")]
        var tags = Set(run.tags)
        if let id = run.deploymentID, let known = try describer.find(id) {
            tags.formUnion(known.deployment.tags)
            related.append(
                EventResource(.deployment, "\(id)", name: known.deployment.name, role: "deployment"))
        }
        if let queue = run.queueID, let name = described.queueName {
            related.append(EventResource(.workQueue, "\(queue)", name: name, role: "work-queue"))
        }
        if let id = described.poolID, let pool = try describer.find(id) {
            related.append(
                EventResource(
                    .workPool, "\(id)", name: pool.name, role: "work-pool",
                    also: ["prefect.work-pool.type": .string(pool.type)]))
        }
        if let task = try run.parentTaskRunID.flatMap({ try store.taskRun($0) }) {
            related.append(EventResource(.taskRun, "\(task.id)", name: task.name, role: "task-run"))
            tags.formUnion(task.tags)
        }
        return related + tags.sorted().map { EventResource(.tag, $0, role: "tag") } + creator(of: run)
    }

    private func creator(of run: FlowRun) -> [EventResource] {
        guard let by = run.createdBy, let id = by["id"]?.stringValue else { return [] }
        let kind: EventResourceKind
        switch by["type"]?.stringValue {
        case "DEPLOYMENT": kind = .deployment
        case "AUTOMATION": kind = .automation
        default: return []
        }
        return [EventResource(kind, id, name: by["display_value"]?.stringValue, role: "creator")]
    }
}

/// The names that the events of runs' states have.
enum StateEventNames {
    static let prefix = "prefect.flow-run."

    static func name(of state: RunState) -> String { prefix + state.name }
}

extension EventResource {
    /// What an event of a state is about.
    fileprivate static func of(_ state: RunState, run: ID<FlowRun>, name: String, runCount: Int) -> EventResource {
        EventResource(.flowRun, "\(run)", name: name, also: stateLabels(state, runCount: runCount))
    }

    /// The labels that tell of a state.
    static func stateLabels(_ state: RunState, runCount: Int) -> JSONObject {
        [
            "prefect.run-count": .string("\(runCount)"),
            "prefect.state-message": .string(
                state.message.map { String($0.prefix(RunState.longestToldMessage)) } ?? ""),
            "prefect.state-name": .string(state.name), "prefect.state-timestamp": state.timestamp.json,
            "prefect.state-type": .string(state.type.rawValue),
        ]
    }
}

extension RunState {
    /// How much of a state's message its event tells: as Prefect's server has it.
    static let longestToldMessage = 100_000

    /// What of a state an event tells.
    var eventPayload: JSONValue {
        var payload: JSONObject = ["type": .string(type.rawValue), "name": .string(name)]
        if let message, !message.isEmpty {
            payload["message"] = .string(String(message.prefix(Self.longestToldMessage)))
        }
        if type == .paused {
            payload["pause_reschedule"] = details.fields["pause_reschedule"] == true ? "true" : "false"
        }
        return .object(payload)
    }
}
