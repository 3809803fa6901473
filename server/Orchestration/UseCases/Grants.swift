public import Domain
import JSON
import Storage

/// An attempt granted to an agent, with all that it needs to execute it.
public struct Grant: Sendable {
    public let agentID: ID<Agent>
    public let run: FlowRun
    public let deployment: Deployment
    public let execution: ExecutionSpec
    public let flowName: String
    /// The command with the parameters in place.
    public let arguments: [String]
    public let environment: [String: String]

    public var attempt: Int { run.machine.attempt }
}

extension Orchestrator {
    /// Grants ready runs to agents that wait, in the order of the queues and of the runs in them, as far as the limits
    /// and the agents' free slots allow. The leases are on disk when this returns.
    public func claim(for seats: [Seat]) async throws -> [Grant] {
        try await grants(of: try await change { try $0.claim(for: seats) })
    }

    /// What is sent to the agents for what was claimed; a run that cannot be sent fails.
    func grants(of claimed: [Claimed]) async throws -> [Grant] {
        var grants: [Grant] = []
        for claimed in claimed {
            do {
                grants.append(try Grant(claimed))
            } catch {
                // The deployment was changed since the run was accepted, such that its command cannot be made.
                try await fail(claimed.run, "\(error)")
            }
        }
        return grants
    }

    private func fail(_ run: FlowRun, _ reason: String) async throws {
        try await change { change in
            guard let head = try change.store.head(run.id) else { return }
            let end = AttemptEnd(.notStarted, at: change.now, message: reason)
            try change.advance(head, by: .ended(attempt: run.machine.attempt, end))
        }
    }
}

extension Grant {
    fileprivate init(_ claimed: Claimed) throws {
        let (run, known) = (claimed.run, claimed.known)
        guard let execution = known.deployment.execution else {
            throw OrchestrationError.invalid("its deployment does not say any more what to execute")
        }
        let (arguments, values) = try execution.command.render(parameters: run.parameters)
        var environment: [String: String] = [:]
        for (name, text) in execution.environment {
            environment[name] = try PlaceholderText(text).render(parameters: run.parameters)
        }
        agentID = claimed.agentID
        self.run = run
        deployment = known.deployment
        self.execution = execution
        flowName = known.flowName
        self.arguments = arguments
        self.environment = environment.merging(values) { $1 }
    }
}
