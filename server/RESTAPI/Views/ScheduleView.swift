import Domain
import JSON

extension DeploymentSchedule {
    /// Prefect's `DeploymentSchedule`, of 3.8 and of 2.20, with Sluice's additions behind it.
    var view: JSONValue {
        [
            "id": id.json, "created": created.json, "updated": updated.json, "deployment_id": deploymentID.json,
            "schedule": schedule.json, "active": .bool(isActive), "max_scheduled_runs": maxScheduledRuns.json,
            "parameters": .object(parameters), "slug": slug.json,
            // Only 2.20 has these two; its server keeps them and does nothing with them.
            "max_active_runs": .null, "catchup": false,
            // Sluice's
            "daylight_saving": schedule.daylightSaving.json, "missed": missed.json,
            "overlap": .string(overlap.rawValue), "jitter": jitter.inSeconds.json,
        ]
    }
}

extension PreviewedFire {
    /// A time of a schedule, in UTC and as the clocks of its zone show it.
    var view: JSONValue {
        [
            "time": time.json, "local": .string(local), "utc_offset": offset.json, "fires": .bool(fires),
            "fate": .string(fate.rawValue), "clock_change": clockChange.json,
        ]
    }
}
