import Domain
import Storage

extension Orchestrator {
    /// Which attempt speaks with this token; nothing for whoever is none.
    ///
    /// - Parameter token: as Prefect's clients send it: the password string of Basic authentication, an API key, the
    ///   token of a websocket.
    /// - Throws: `OrchestrationError.refusedSpeaker` for a credential that this server has not given.
    public func speaker(of token: String?) throws(OrchestrationError) -> AttemptName? {
        guard let token else { return nil }
        return try credentials.attempt(showing: token)
    }

    /// Whether what this attempt says still counts, as of now. A change has to look itself: see `Change`.
    ///
    /// - Throws: `OrchestrationError.refusedSpeaker` when it has ended.
    public func requireLiving(_ speaker: AttemptName?) async throws {
        guard let speaker else { return }
        try await database.read { try $0.requireLiving(speaker) }
    }
}

extension Store {
    /// - Throws: `OrchestrationError.refusedSpeaker` when the attempt has ended: another may be under way by now.
    func requireLiving(_ speaker: AttemptName?) throws {
        guard let speaker else { return }
        guard let lease = try lease(of: speaker.run), lease.attempt == speaker.attempt else {
            throw OrchestrationError.refusedSpeaker(
                "attempt \(speaker.attempt) at the run \(speaker.run) has ended: nothing that it says counts any more")
        }
    }
}

extension Change {
    /// Ends what executed in the process of an attempt that has ended: the runs that it made itself, which are sub-flows
    /// mostly, and their tasks. Runs of deployments that it asked for execute elsewhere, and go on.
    mutating func endOfAttempt(at head: RunHead, _ attempt: Int) throws {
        guard head.hasMadeRuns || head.machine.policy.reportsForItself else { return }
        let message = "attempt \(attempt) at the run \(head.id), in whose process it executed, has ended"
        func crashed() -> RunState {
            RunState(id: surroundings.newID(), type: .crashed, timestamp: now, message: message)
        }
        let made = head.hasMadeRuns ? try store.openRuns(madeBy: head.id) : []
        for id in made {
            guard let run = try store.head(id) else { continue }
            try adopt(crashed(), run, FlowRunPolicy(try store.empiricalPolicy(of: id)))
        }
        for id in [head.id] + made {
            for var task in try store.openTaskRuns(of: id) { try enter(crashed(), &task) }
        }
    }
}
