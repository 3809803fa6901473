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
    /// The command with the parameters in place; empty for the agent's own way to execute a Prefect flow.
    public let arguments: [String]
    public let environment: [String: String]
    /// The secrets that are in it; what executes it keeps them out of the log.
    public let secrets: Set<String>
    /// How it is started, for the deployments that Prefect's clients make; nothing for Sluice's own.
    public let job: ProcessJob?

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
                grants.append(try await grant(claimed))
            } catch {
                // The deployment was changed since the run was accepted, such that its command cannot be made, or what
                // its job refers to is not there.
                try await fail(claimed.run, "\(error)")
            }
        }
        return grants
    }

    private func grant(_ claimed: Claimed) async throws -> Grant {
        let (run, deployment) = (claimed.run, claimed.known.deployment)
        let name = AttemptName(run: run.id, attempt: run.machine.attempt)
        let credential = credentials.credential(of: name)
        let dates = try await dates(of: run)
        if let execution = deployment.execution {
            let (stored, secrets) = try await stored(execution.storedReferences)
            let scope = TemplateScope(parameters: run.parameters, stored: stored)
            return try Grant(
                claimed, execution, scope, AttemptExtras(credential: credential, dates: dates, secrets: secrets))
        }
        let (job, secrets) = try await database.read { [vault] store in
            let references = StoredReferences(store, vault)
            return (try store.job(of: run, deployment, references), references.secrets)
        }
        return Grant(claimed, job, AttemptExtras(credential: credential, dates: dates, secrets: secrets))
    }

    /// What the references stand for at this moment, and the secrets among that.
    private func stored(
        _ references: Set<TemplateReference>
    ) async throws -> (values: [TemplateReference: JSONValue], secrets: Set<String>) {
        guard !references.isEmpty else { return ([:], []) }
        return try await database.read { [vault] store in
            let stored = StoredReferences(store, vault)
            var values: [TemplateReference: JSONValue] = [:]
            for reference in references { values[reference] = try stored.value(of: reference) }
            return (values, stored.secrets)
        }
    }

    /// What the environment tells of the time that a run is for. Only of such as were made for one is it asked: others
    /// are not to wait for a reader.
    private func dates(of run: FlowRun) async throws -> [String: String] {
        guard run.isMadeForATime else { return [:] }
        return try await database.read { try $0.fire(of: run.id) }?.interval.environment ?? [:]
    }

    private func fail(_ run: FlowRun, _ reason: String) async throws {
        try await change { change in
            guard let head = try change.store.head(run.id) else { return }
            let end = AttemptEnd(.notStarted, at: change.now, message: reason)
            try change.advance(head, by: .ended(attempt: run.machine.attempt, end))
        }
    }
}

/// What an attempt gets besides what its deployment says.
private struct AttemptExtras {
    /// By which it is known when it calls the API.
    let credential: String
    /// Variables that tell of the time that the run is for.
    let dates: [String: String]
    /// What is not to be shown in its log.
    let secrets: Set<String>
}

extension Grant {
    /// The variables by which an attempt is known when it calls the API: as Prefect 3 sends it, and as Prefect 2 does.
    private static let credentialNames = ["PREFECT_API_AUTH_STRING", "PREFECT_API_KEY"]

    fileprivate init(
        _ claimed: Claimed, _ execution: ExecutionSpec, _ scope: TemplateScope, _ extras: AttemptExtras
    ) throws {
        let (run, known) = (claimed.run, claimed.known)
        let (arguments, values) = try execution.command.render(in: scope)
        var environment: [String: String] = [:]
        for (name, text) in execution.environment {
            environment[name] = try PlaceholderText(text).render(in: scope)
        }
        agentID = claimed.agentID
        self.run = run
        deployment = known.deployment
        self.execution = execution
        flowName = known.flowName
        self.arguments = arguments
        for name in Self.credentialNames { environment[name] = extras.credential }
        self.environment = environment.merging(values) { $1 }.merging(extras.dates) { $1 }
        secrets = extras.secrets
        job = nil
    }

    /// Of a deployment that one of Prefect's clients made: what its process finds is what Prefect's worker gives it.
    fileprivate init(_ claimed: Claimed, _ job: ProcessJob, _ extras: AttemptExtras) {
        let (run, known) = (claimed.run, claimed.known)
        var environment = [
            "PREFECT__FLOW_ID": run.flowID.description, "PREFECT__FLOW_NAME": known.flowName,
            "PREFECT__DEPLOYMENT_ID": known.deployment.id.description,
            "PREFECT__DEPLOYMENT_NAME": known.deployment.name,
        ]
        environment.merge(job.environment) { $1 }
        environment.merge(extras.dates) { $1 }
        for name in Self.credentialNames { environment[name] = extras.credential }
        agentID = claimed.agentID
        self.run = run
        deployment = known.deployment
        execution = ExecutionSpec(
            command: .arguments(job.arguments), workingDirectory: job.workingDirectory,
            container: job.container, policy: run.machine.policy)
        flowName = known.flowName
        arguments = job.arguments
        self.environment = environment
        secrets = extras.secrets
        self.job = job
    }
}

extension FlowRun {
    /// What a backfill says that it is, as the maker of its runs.
    static let backfillType = "BACKFILL"

    /// Whether a schedule or a backfill has made it.
    fileprivate var isMadeForATime: Bool {
        isAutoScheduled || createdBy?["type"]?.stringValue == Self.backfillType
    }
}
