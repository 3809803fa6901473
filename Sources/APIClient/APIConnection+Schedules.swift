import HTTPClient
public import JSON

extension APIConnection {
    /// The schedules of a deployment, the one that was changed last first.
    public func schedules(ofDeployment id: String) async throws(APIError) -> [ScheduleResource] {
        try await get("/deployments/\(id.percentEncoded)/schedules")
    }

    /// Adds a schedule to those that a deployment has.
    public func addSchedule(
        toDeployment id: String, _ body: JSONObject
    ) async throws(APIError) -> ScheduleResource {
        let added: [ScheduleResource] = try await post(
            "/deployments/\(id.percentEncoded)/schedules", .array([.object(body)]))
        guard let schedule = added.first else { throw .unexpected(url: url, reason: "no schedule was made") }
        return schedule
    }

    /// Changes the fields of a schedule that are given, such as `active`.
    public func change(
        schedule id: String, ofDeployment deployment: String, _ body: JSONObject
    ) async throws(APIError) {
        _ = try await call(
            .patch, "/deployments/\(deployment.percentEncoded)/schedules/\(id.percentEncoded)", .object(body),
            mayRepeat: true)
    }

    /// Forgets a schedule.
    public func delete(schedule id: String, ofDeployment deployment: String) async throws(APIError) {
        _ = try await call(
            .delete, "/deployments/\(deployment.percentEncoded)/schedules/\(id.percentEncoded)")
    }

    /// The next times of a schedule.
    ///
    /// - Parameter body: `schedule`, `daylight_saving`, `start` and `count`.
    public func previewSchedule(_ body: JSONObject) async throws(APIError) -> [FireResource] {
        try await post("/schedules/preview", .object(body))
    }
}
