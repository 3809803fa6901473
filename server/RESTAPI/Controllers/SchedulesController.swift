import Domain
import Hummingbird
import JSON
import Orchestration

/// The schedules of deployments.
struct SchedulesController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .get("/deployments/{id}/schedules", list),
            .post("/deployments/{id}/schedules", create),
            .patch("/deployments/{id}/schedules/{schedule}", update),
            .delete("/deployments/{id}/schedules/{schedule}", delete),
            .post("/deployments/{id}/schedule", makeRuns),
            .post("/deployments/{id}/pause_deployment") { try await setPaused($0, true) },
            .post("/deployments/{id}/resume_deployment") { try await setPaused($0, false) },
            // As Prefect 2 knows them.
            .post("/deployments/{id}/set_schedule_inactive") { try await setPaused($0, true) },
            .post("/deployments/{id}/set_schedule_active") { try await setPaused($0, false) },
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        .json(.list(try await orchestrator.schedules(of: try call.id(of: Deployment.self)), \.view))
    }

    private func create(_ call: Call) async throws -> Response {
        let bodies: [AddedScheduleBody] = try await call.body()
        let schedules = try await orchestrator.addSchedules(
            bodies.map(\.request), to: try call.id(of: Deployment.self))
        return .json(.list(schedules, \.view), .created)
    }

    private func update(_ call: Call) async throws -> Response {
        let body: ScheduleBody = try await call.body()
        try await orchestrator.updateSchedule(
            try call.id("schedule", of: DeploymentSchedule.self), of: try call.id(of: Deployment.self), body.request)
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteSchedule(
            try call.id("schedule", of: DeploymentSchedule.self), of: try call.id(of: Deployment.self))
        return .noContent
    }

    private func makeRuns(_ call: Call) async throws -> Response {
        let body: ScheduledRunsBody = try await call.body()
        try await orchestrator.makeScheduledRuns(body.request, of: try call.id(of: Deployment.self))
        return .json(.null)
    }

    private func setPaused(_ call: Call, _ isPaused: Bool) async throws -> Response {
        try await orchestrator.setPaused(isPaused, deployment: try call.id(of: Deployment.self))
        return .json(.null)
    }
}
