import Domain
import JSON
import Storage

extension Store {
    /// What is to be executed for a run of a deployment that one of Prefect's clients made: by the template of its work
    /// pool, the deployment's job variables and the run's own.
    ///
    /// - Throws: `JobTemplateError`; `OrchestrationError.invalid` when the pool is gone.
    func job(of run: FlowRun, _ deployment: Deployment, _ references: StoredReferences) throws -> ProcessJob {
        guard let pool = try run.queueID.flatMap({ try pool(of: $0) }) else {
            throw OrchestrationError.invalid("its work pool does not exist any more")
        }
        let place = JobPlace(poolType: pool.type)
        let template = JobTemplate(pool.baseJobTemplate) ?? (place == .container ? .containers : .processes)
        return try template.job(
            deployment: deployment.jobVariables, run: run.jobVariables,
            references: references, in: place)
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
