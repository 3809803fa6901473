import Domain
import JSON
import Storage

extension Store {
    /// What is to be executed for a run of a deployment that one of Prefect's clients made: by the template of its work
    /// pool, the deployment's job variables and the run's own.
    ///
    /// - Throws: `JobTemplateError`; `OrchestrationError.invalid` when the pool is gone.
    func job(of run: FlowRun, _ deployment: Deployment, _ vault: Vault) throws -> ProcessJob {
        guard let pool = try run.queueID.flatMap({ try pool(of: $0) }) else {
            throw OrchestrationError.invalid("its work pool does not exist any more")
        }
        return try (JobTemplate(pool.baseJobTemplate) ?? .processes).job(
            deployment: deployment.jobVariables, run: run.jobVariables,
            references: StoredReferences(store: self, vault: vault))
    }

    /// Says on a run which agent executes it, in the words of Prefect's workers.
    func setAttribution(of run: inout FlowRun, to agent: ID<Agent>) throws {
        guard let pool = try run.queueID.flatMap({ try pool(of: $0) }) else { return }
        var labels: JSONObject = ["prefect.worker.type": .string(pool.type)]
        labels["prefect.worker.name"] = try self.agent(agent).map { .string($0.name) }
        labels["prefect.work-pool.name"] = .string(pool.name)
        labels["prefect.work-pool.id"] = pool.id.json
        run.labels = run.labels.merging(labels)
        try setLabels(of: run.id, to: run.labels)
    }
}

/// The blocks and variables that this server keeps.
private struct StoredReferences: JobReferences {
    let store: Store
    let vault: Vault

    func variable(named name: String) throws -> JSONValue? { try store.variable(named: name)?.value }

    func block(named name: String, type: String) throws -> JSONObject? {
        guard let type = try store.blockType(slug: type) else { return nil }
        return try data(of: try store.blockDocument(named: name, of: type.id))
    }

    func block(id: String) throws -> JSONObject? {
        try data(of: try ID<BlockDocument>(id).flatMap { try store.blockDocument($0) })
    }

    private func data(of document: BlockDocument?) throws -> JSONObject? {
        guard let document else { return nil }
        var describer = BlockDescriber(store, vault)
        return try describer.describe(document, revealing: true).data
    }
}
