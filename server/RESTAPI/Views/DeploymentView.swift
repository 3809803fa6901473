import Domain
import JSON
import Orchestration

extension Flow {
    /// Prefect's `Flow`.
    var view: JSONValue {
        [
            "id": id.json, "created": created.json, "updated": updated.json, "name": .string(name), "tags": tags.json,
            "labels": .object(labels),
        ]
    }
}

extension DescribedDeployment {
    /// Prefect's `DeploymentResponse`, with Sluice's additions behind it.
    var view: JSONValue {
        let deployment = deployment
        return [
            "id": deployment.id.json, "created": deployment.created.json, "updated": deployment.updated.json,
            "name": .string(deployment.name), "version": deployment.version.json,
            "description": deployment.description.json, "flow_id": deployment.flowID.json,
            "paused": .bool(deployment.isPaused), "schedules": .list(schedules, \.view), "concurrency_limit": .null,
            "global_concurrency_limit": limit, "concurrency_options": concurrencyOptions,
            "job_variables": .object(deployment.jobVariables), "parameters": .object(deployment.parameters),
            "tags": deployment.tags.json, "labels": labels, "work_queue_name": queueName.json,
            "work_queue_id": deployment.queueID.json, "last_polled": lastPolled.json,
            "parameter_openapi_schema": deployment.parameterSchema ?? [:], "path": extra("path"),
            "pull_steps": deployment.extras["pull_steps"] ?? [], "entrypoint": extra("entrypoint"),
            "storage_document_id": extra("storage_document_id"),
            "infrastructure_document_id": extra("infrastructure_document_id"), "created_by": .null, "updated_by": .null,
            "work_pool_name": poolName.json, "status": isServed ? "READY" : "NOT_READY",
            "enforce_parameter_schema": .bool(deployment.enforcesParameterSchema),
            // Of Prefect 2, whose clients may know of one schedule only.
            "infra_overrides": .object(deployment.jobVariables), "manifest_path": .null,
            "schedule": schedules.first?.schedule.json ?? .null, "is_schedule_active": .bool(!deployment.isPaused),
            // Sluice's
            "flow_name": flowName.json, "execution": deployment.execution.json,
            "retention": deployment.retention.json, "version_number": deployment.versionNumber.json,
            "sla": serviceLevel.json,
        ]
    }

    private func extra(_ key: String) -> JSONValue { deployment.extras[key] ?? .null }

    private var concurrencyOptions: JSONValue {
        guard let options = deployment.extras["concurrency_options"]?.objectValue else { return .null }
        return .object((["collision_strategy": .null, "grace_period_seconds": .null] as JSONObject).merging(options))
    }

    private var labels: JSONValue {
        let own: JSONObject = ["prefect.flow.id": deployment.flowID.json]
        return .object(own.merging(deployment.labels))
    }

    /// A part of the deployment, which shows as one among the limits.
    private var limit: JSONValue { ConcurrencyLimit(of: deployment)?.view(taken: occupancy) ?? .null }
}

extension DeploymentVersion {
    /// What of a deployment belongs to a version, by the names that it has there.
    var view: JSONValue {
        [
            "number": number.json, "created": created.json, "restored_from": restoredFrom.json,
            "version": deployment.version.json, "description": deployment.description.json,
            "tags": deployment.tags.json, "labels": .object(deployment.labels),
            "parameters": .object(deployment.parameters), "parameter_openapi_schema": deployment.parameterSchema.json,
            "enforce_parameter_schema": .bool(deployment.enforcesParameterSchema),
            "work_queue_id": deployment.queueID.json, "concurrency_limit": deployment.concurrencyLimit.json,
            "execution": deployment.execution.json, "job_variables": .object(deployment.jobVariables),
        ]
    }
}
