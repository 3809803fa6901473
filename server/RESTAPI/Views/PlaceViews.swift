import Domain
import JSON
import Orchestration

extension DescribedPool {
    /// Prefect's `WorkPool`, with Sluice's additions behind it.
    var view: JSONValue { .object(plainView.merging(additions)) }

    private var additions: JSONObject {
        [
            "agents_online": agentsOnline.json, "rate_limit": (pool.rateLimit?.description).json,
            "ageing": (pool.ageingRule?.step.inSeconds ?? 0).json,
        ]
    }

    /// Prefect's `WorkPool`, and nothing else.
    var plainView: JSONObject {
        [
            "id": pool.id.json, "created": pool.created.json, "updated": pool.updated.json, "name": .string(pool.name),
            "description": pool.description.json, "type": .string(pool.type),
            "base_job_template": .object(pool.baseJobTemplate), "is_paused": .bool(pool.isPaused),
            "concurrency_limit": pool.concurrencyLimit.json, "status": status.map(\.rawValue).json,
            "default_queue_id": pool.defaultQueueID.json,
            "storage_configuration": .object(Self.noStorage.merging(pool.storageConfiguration)),
            "active_slots": pool.concurrencyLimit.map { _ in occupancy }.json,
        ]
    }

    private static let noStorage: JSONObject = [
        "bundle_upload_step": .null, "bundle_execution_step": .null, "default_result_storage_block_id": .null,
    ]
}

extension DescribedQueue {
    /// Prefect's `WorkQueueResponse`, with Sluice's additions behind it.
    var view: JSONValue {
        [
            "id": queue.id.json, "created": queue.created.json, "updated": queue.updated.json,
            "name": .string(queue.name), "description": .string(queue.description),
            "is_paused": .bool(queue.isPaused), "concurrency_limit": queue.concurrencyLimit.json,
            "priority": queue.priority.json, "work_pool_id": queue.poolID.json, "filter": .null,
            "last_polled": lastPolled.json, "work_pool_name": poolName.json, "status": .string(status.rawValue),
            "active_slots": queue.concurrencyLimit.map { _ in occupancy }.json,
            // Sluice's
            "runs": runsView(runs), "agents_online": agentsOnline.json,
            "rate_limit": (queue.rateLimit?.description).json,
        ]
    }

    /// Prefect's `WorkQueueStatusDetail`.
    func health(lateRuns: Int, at now: Timestamp) -> JSONValue {
        [
            "healthy": .bool(lateRuns == 0 && Polling.isRecent(lastPolled, at: now)), "late_runs_count": lateRuns.json,
            "last_polled": lastPolled.json,
            "health_check_policy": ["maximum_late_runs": 0, "maximum_seconds_since_last_polled": 60],
        ]
    }
}

extension DescribedHolders {
    /// Prefect's `WorkQueueConcurrencyStatusDetail`.
    func view(at now: Timestamp) -> JSONValue {
        [
            "queue_id": queue.id.json, "queue_name": .string(queue.name), "active_slots": occupancy.json,
            "concurrency_limit": queue.concurrencyLimit.json, "flow_runs": .list(runs) { $0.slotSummary(at: now) },
            "flow_run_count": occupancy.json,
        ]
    }
}

extension DescribedWorker {
    /// Prefect's `WorkerResponse`.
    var view: JSONValue {
        [
            "id": .string(id), "created": created.json, "updated": updated.json, "name": .string(name),
            "work_pool_id": poolID.json, "last_heartbeat_time": lastHeartbeat.json,
            "heartbeat_interval_seconds": heartbeatInterval.map { Int($0.inSeconds) }.json,
            "status": .string(status.rawValue),
        ]
    }
}

extension DescribedAgent {
    var view: JSONValue {
        [
            "id": agent.id.json, "name": .string(agent.name), "host": .string(agent.host),
            "version": .string(agent.version), "pool_name": poolName.json, "queues": agent.queueNames.json,
            "slots": agent.slots.json, "held": held.json, "labels": agent.labels.json,
            "offer": .object(agent.offer.members), "offer_held": .object(offerHeld.members),
            "status": isOnline ? "ONLINE" : "OFFLINE", "last_seen": agent.lastSeen.json, "created": agent.created.json,
        ]
    }
}

extension DescribedBatch {
    var view: JSONValue {
        [
            "id": batch.id.json, "name": .string(batch.name), "deployment_id": batch.deploymentID.json,
            "size": batch.size.json, "created": batch.created.json, "is_paused": .bool(batch.isPaused),
            "max_concurrent": batch.maximumConcurrent.json, "flow_name": flowName.json,
            "deployment_name": deploymentName.json, "runs": runsView(runs),
        ]
    }

    /// What is told to those who follow it.
    var progress: JSONValue { ["size": batch.size.json, "runs": runsView(runs)] }
}

extension LogRecord {
    /// Prefect's `Log`.
    var view: JSONValue {
        [
            "id": id.json, "created": timestamp.json, "updated": timestamp.json, "name": .string(name),
            "level": level.json, "message": .string(message), "timestamp": timestamp.json,
            "flow_run_id": runID.json, "task_run_id": taskRunID.json,
        ]
    }
}

extension Page {
    /// Prefect's answer to `paginate`.
    func view(_ element: (Element) -> JSONValue) -> JSONValue {
        [
            "results": .array(elements.map(element)), "count": count.json, "limit": limit.json, "pages": pages.json,
            "page": page.json,
        ]
    }
}

extension JSONValue {
    /// A list of views.
    static func list<Element>(_ elements: [Element], _ view: (Element) -> JSONValue) -> JSONValue {
        .array(elements.map(view))
    }
}
