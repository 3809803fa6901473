public import Domain
import Storage

extension Orchestrator {
    /// Stores events that somebody tells of, and records what they say of task runs. Those that are known already
    /// change nothing.
    ///
    /// - Parameter speaker: the attempt that tells of them, if one does.
    /// - Throws: `OrchestrationError.refusedSpeaker` when that attempt has ended.
    public func take(_ events: [Event], by speaker: AttemptName? = nil) async throws {
        guard !events.isEmpty else { return }
        try await change { change in
            try change.store.requireLiving(speaker)
            var fresh: [Event] = []
            for event in events where try change.store.insert(event) {
                fresh.append(event)
                try change.recordTaskRun(of: event)
                try change.noteHeartbeat(in: event)
            }
            if !fresh.isEmpty { change.tell(.eventsTaken(fresh)) }
        }
    }
}

extension Change {
    /// The process of a run says from time to time that it lives.
    fileprivate func noteHeartbeat(in event: Event) throws {
        guard event.name == "prefect.flow-run.heartbeat", let run = event.resource.id(as: .flowRun, of: FlowRun.self)
        else { return }
        try noteHeartbeat(of: run)
    }

    /// Records what an event says of a task run, if it does. What cannot be read stays an event like any other.
    fileprivate func recordTaskRun(of event: Event) throws {
        guard let fact = TaskRunFact(event) else { return }
        let known = try store.taskRun(fact.taskRunID) ?? store.taskRunWithKeys(of: fact)
        guard let task = try? fact.recorded(over: known) else { return }
        if task != known { try store.save(task) }
        try store.record(fact.state, of: task.id)
    }
}

extension Store {
    fileprivate func taskRunWithKeys(of fact: TaskRunFact) throws -> TaskRun? {
        guard let run = fact.flowRunID, let keys = fact.keys else { return nil }
        return try taskRun(of: run, taskKey: keys.task, dynamicKey: keys.dynamic)
    }
}
