import Domain
public import JSON
import Storage

/// The filters that one question has, one for each kind of thing. All of them must hold; one on another kind of thing
/// than is asked for restricts through what the two have to do with each other.
public struct RelatedFilters: JSONReadable, Sendable {
    private var flow: Condition?
    private var deployment: Condition?
    private var run: Condition?
    private var pool: Condition?
    private var queue: Condition?
    private var agent: Condition?
    private var batch: Condition?
    private var taskRun: Condition?

    /// No filter at all.
    public init() {}

    /// Reads the filters by the keys that Prefect's API gives to them.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        flow = try reader.optional("flows", as: FlowFilter.self)?.condition
        deployment = try reader.optional("deployments", as: DeploymentFilter.self)?.condition
        run = try reader.optional("flow_runs", as: FlowRunFilter.self)?.condition
        pool = try reader.optional("work_pools", as: WorkPoolFilter.self)?.condition
        let queueKey = reader.has("work_queues") ? "work_queues" : "work_pool_queues"
        queue = try reader.optional(queueKey, as: WorkQueueFilter.self)?.condition
        agent = try reader.optional("agents", as: AgentFilter.self)?.condition
        batch = try reader.optional("batches", as: BatchFilter.self)?.condition
        taskRun = try reader.optional("task_runs", as: TaskRunFilter.self)?.condition
        // A filter that says nothing does not ask for runs that have task runs.
        if case .all(let tests) = taskRun, tests.isEmpty { taskRun = nil }
    }

    /// The queues of one pool only.
    public func ofPool(named name: String) -> RelatedFilters {
        var narrowed = self
        narrowed.pool = .all([.test("work_pool.name = ?", [.text(name)]), pool ?? .always])
        return narrowed
    }
}

// MARK: - What they mean for each table

extension RelatedFilters {
    var onFlows: Condition {
        join(
            flow, run.map { .isIn("flow.id", "run.flow_id", of: .run, where: $0) },
            onPlaces(deployment).map { .isIn("flow.id", "deployment.flow_id", of: .deployment, where: $0) })
    }

    var onDeployments: Condition {
        join(
            onPlaces(deployment), flow.map { .isIn("deployment.flow_id", "flow.id", of: .flow, where: $0) },
            run.map {
                .isIn(
                    "deployment.id", "run.deployment_id", of: .run,
                    where: .all([$0, .test("run.deployment_id IS NOT NULL", [])]))
            })
    }

    var onRuns: Condition {
        join(
            run, flow.map { .isIn("run.flow_id", "flow.id", of: .flow, where: $0) },
            deployment.map { .isIn("run.deployment_id", "deployment.id", of: .deployment, where: $0) },
            places.map { .isIn("run.queue_id", "work_queue.id", of: .workQueue, where: $0) },
            batch.map { .isIn("run.batch_id", "batch.id", of: .batch, where: $0) },
            taskRun.map {
                .isIn(
                    "run.id", "task_run.run_id", of: .taskRun,
                    where: .all([$0, .test("task_run.run_id IS NOT NULL", [])]))
            })
    }

    var onTaskRuns: Condition {
        join(taskRun, onTheirRuns.map { .isIn("task_run.run_id", "run.id", of: .run, where: $0) })
    }

    /// What runs and their tasks have made, by the columns that name the two.
    func onWork(ofRun runColumn: String, ofTask taskColumn: String) -> Condition {
        join(
            onTheirRuns.map { .isIn(runColumn, "run.id", of: .run, where: $0) },
            taskRun.map { .isIn(taskColumn, "task_run.id", of: .taskRun, where: $0) })
    }

    var onPools: Condition { join(pool) }
    var onQueues: Condition { join(places) }

    var onAgents: Condition {
        join(agent, pool.map { .isIn("agent.pool_id", "work_pool.id", of: .workPool, where: $0) })
    }

    var onBatches: Condition {
        join(
            batch, deployment.map { .isIn("batch.deployment_id", "deployment.id", of: .deployment, where: $0) },
            .test("batch.is_visible = TRUE", []))
    }

    /// The queues that the filters on queues and pools leave, if there are such filters.
    private var places: Condition? {
        let inPools = pool.map { Condition.isIn("work_queue.pool_id", "work_pool.id", of: .workPool, where: $0) }
        let conditions = [queue, inPools].compactMap(\.self)
        return conditions.isEmpty ? nil : .all(conditions)
    }

    /// The filter on deployments with those on the places where their runs wait.
    private func onPlaces(_ deployment: Condition?) -> Condition? {
        let inPlaces = places.map {
            Condition.isIn("deployment.queue_id", "work_queue.id", of: .workQueue, where: $0)
        }
        let conditions = [deployment, inPlaces].compactMap(\.self)
        return conditions.isEmpty ? nil : .all(conditions)
    }

    /// The filter on runs with those on what has to do with them, unless there are none at all.
    private var onTheirRuns: Condition? {
        let conditions = [
            run, flow.map { .isIn("run.flow_id", "flow.id", of: .flow, where: $0) },
            deployment.map { .isIn("run.deployment_id", "deployment.id", of: .deployment, where: $0) },
            places.map { .isIn("run.queue_id", "work_queue.id", of: .workQueue, where: $0) },
        ].compactMap(\.self)
        return conditions.isEmpty ? nil : .all(conditions)
    }

    private func join(_ conditions: Condition?...) -> Condition { .all(conditions.compactMap(\.self)) }
}
