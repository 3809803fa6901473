import Domain
import JSON

extension DeploymentSchedule {
    /// Prefect's `DeploymentSchedule`, of 3.8 and of 2.20, with Sluice's addition behind it.
    var view: JSONValue {
        [
            "id": id.json, "created": created.json, "updated": updated.json, "deployment_id": deploymentID.json,
            "schedule": schedule.json, "active": .bool(isActive), "max_scheduled_runs": maxScheduledRuns.json,
            "parameters": .object(parameters), "slug": slug.json,
            // Only 2.20 has these two; its server keeps them and does nothing with them.
            "max_active_runs": .null, "catchup": false,
            // Sluice's
            "daylight_saving": schedule.daylightSaving.json,
        ]
    }
}
