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
    /// Where the agent has its code from, with the credentials; nothing for a bundle, and where none is shipped.
    public let code: CodeSource?
    /// How it is started, for the deployments that Prefect's clients make; nothing for Sluice's own.
    public let job: ProcessJob?

    public var attempt: Int { run.machine.attempt }
}

extension Orchestrator {
    /// Grants ready runs to agents that wait, in the order of the queues and of the runs in them, as far as the limits
    /// and the agents' free slots allow. The leases are on disk when this returns.
    public func claim(for seats: [Seat]) async throws -> [Grant] {
        var (grants, free): ([Grant], [Seat]) = ([], seats)
        while !free.isEmpty {
            let claimed = try await claimedRuns(for: free)
            grants += try await self.grants(of: claimed)
            free = claimed.mayGoOn ? claimed.divide(free).free : []
        }
        return grants
    }

    /// The same as far as one transaction goes, and without what is to be sent: more can be claimed while that is made
    /// ready.
    public func claimedRuns(for seats: [Seat]) async throws -> ClaimedRuns {
        try await change { change in
            let runs = try change.claim(for: seats)
            return ClaimedRuns(runs: runs, mayGoOn: runs.count >= Change.claimedAtOnce)
        }
    }

    /// What is sent to the agents for what was claimed; a run that cannot be sent fails.
    public func grants(of claimed: ClaimedRuns) async throws -> [Grant] { try await grants(of: claimed.runs) }

    /// What is sent to the agents for what was claimed; a run that cannot be sent fails.
    func grants(of claimed: [Claimed]) async throws -> [Grant] {
        let read = await readings(for: claimed)
        var grants: [Grant] = []
        for claimed in claimed {
            do {
                grants.append(try grant(claimed, try (read[claimed.run.id] ?? .success(GrantReading())).get()))
            } catch {
                // The deployment was changed since the run was accepted, such that its command cannot be made, or what
                // its job refers to is not there.
                try await fail(claimed.run, "\(error)")
            }
        }
        return grants
    }

    private func grant(_ claimed: Claimed, _ read: GrantReading) throws -> Grant {
        let run = claimed.run
        let credential = credentials.credential(of: AttemptName(run: run.id, attempt: run.machine.attempt))
        let extras = AttemptExtras(credential: credential, dates: read.dates, secrets: read.secrets, code: read.code)
        guard let execution = claimed.known.deployment.execution else {
            guard let job = read.job else { throw OrchestrationError.invalid("its job is not known") }
            return Grant(claimed, job, extras)
        }
        let scope = TemplateScope(parameters: run.parameters, stored: read.stored)
        return try Grant(claimed, execution, scope, extras)
    }

    /// What has to be read for the grants, by run and all at once; nothing for those that need nothing, which do not wait
    /// for a reader.
    private func readings(for claimed: [Claimed]) async -> [ID<FlowRun>: Result<GrantReading, any Error>] {
        let needy = claimed.filter(\.needsReading)
        guard !needy.isEmpty else { return [:] }
        do {
            return try await database.read { [vault] store in
                let fires = try store.fires(of: needy.map(\.run).filter(\.isMadeForATime).map(\.id))
                let readings = needy.map { claimed in
                    (claimed.run.id, Result { try GrantReading(for: claimed, fires[claimed.run.id], in: store, vault) })
                }
                return Dictionary(readings) { $1 }
            }
        } catch {
            return Dictionary(needy.map { ($0.run.id, .failure(error)) }) { $1 }
        }
    }

    private func fail(_ run: FlowRun, _ reason: String) async throws {
        try await change { change in
            guard let head = try change.store.head(run.id) else { return }
            let end = AttemptEnd(.notStarted, at: change.now, message: reason)
            try change.advance(head, by: .ended(attempt: run.machine.attempt, end))
        }
    }
}

/// What is read for one grant, after the claim and aside from the writer.
private struct GrantReading: Sendable {
    /// Variables that tell of the time that the run is for.
    var dates: [String: String] = [:]
    /// What the deployment's references stand for at this moment.
    var stored: [TemplateReference: JSONValue] = [:]
    /// The secrets that were given out for it.
    var secrets: Set<String> = []
    /// Where the agent is to have the code from, with the credentials.
    var code: CodeSource?
    /// How the run is started, if Prefect's client has made its deployment.
    var job: ProcessJob?

    init() {}

    /// - Throws: `UnresolvedReference`, `SecretFailure`, `JobTemplateError`, and what the storage reports.
    init(for claimed: Claimed, _ fire: RunFire?, in store: Store, _ vault: Vault) throws {
        let (run, deployment) = (claimed.run, claimed.known.deployment)
        dates = fire?.interval.environment ?? [:]
        let references = StoredReferences(store, vault)
        if let execution = deployment.execution {
            for reference in execution.storedReferences { stored[reference] = try references.value(of: reference) }
            // The run gets nothing of these credentials, so its log need not hide them; and what hides them would tell them.
            if let source = execution.code, source.kind != .image {
                code = try source.rendered(by: StoredReferences(store, vault))
            }
        } else {
            job = try store.job(of: run, deployment, references)
        }
        secrets = references.secrets
    }
}

extension Claimed {
    fileprivate var needsReading: Bool {
        guard let execution = known.deployment.execution else { return true }
        return run.isMadeForATime || execution.code != nil || !execution.storedReferences.isEmpty
    }
}

extension FlowRun {
    /// What a backfill says that it is, as the maker of its runs.
    static let backfillType = "BACKFILL"

    /// Whether a schedule or a backfill has made it.
    var isMadeForATime: Bool {
        isAutoScheduled || createdBy?["type"]?.stringValue == Self.backfillType
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
    let code: CodeSource?
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
        self.execution = try execution.withCredentials(in: scope)
        flowName = known.flowName
        self.arguments = arguments
        for name in Self.credentialNames { environment[name] = extras.credential }
        self.environment = environment.merging(values) { $1 }.merging(extras.dates) { $1 }
        secrets = extras.secrets
        code = extras.code
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
            container: job.container, limits: job.limits, user: job.user, policy: run.machine.policy)
        flowName = known.flowName
        arguments = job.arguments
        self.environment = environment
        secrets = extras.secrets
        code = nil
        self.job = job
    }
}

extension CodeSource {
    fileprivate func rendered(by references: StoredReferences) throws -> CodeSource {
        var stored: [TemplateReference: JSONValue] = [:]
        for reference in self.references { stored[reference] = try references.value(of: reference) }
        return try rendered(in: TemplateScope(parameters: [:], stored: stored))
    }
}
