import Domain
import Hummingbird
import JSON
import Orchestration

/// The schedules of deployments.
struct SchedulesController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .get("/deployments/{id}/schedules", list)
                .does("List the schedules of a deployment", .ok(.list(of: .deploymentSchedule))),
            .post("/deployments/{id}/schedules", create)
                .does(
                    "Add schedules to a deployment", takes: .list(of: .scheduleCreate),
                    .created(.list(of: .deploymentSchedule))),
            .patch("/deployments/{id}/schedules/{schedule}", update)
                .does("Change a schedule", takes: .scheduleUpdate, path: ["schedule": .id], .noContent),
            .delete("/deployments/{id}/schedules/{schedule}", delete)
                .does("Delete a schedule", path: ["schedule": .id], .noContent),
            .post("/deployments/{id}/schedule", makeRuns)
                .does("Make the runs that schedules ask for", takes: .scheduledRunsRequest, .ok(.null)),
            .post("/schedules/preview", preview)
                .does("Show the next times of a schedule", takes: .schedulePreview, .ok(.list(of: .previewedFire))),
            .post("/deployments/{id}/pause_deployment") { try await setPaused($0, true) }
                .does("Pause a deployment", .ok(.null)),
            .post("/deployments/{id}/resume_deployment") { try await setPaused($0, false) }
                .does("Have a paused deployment go on", .ok(.null)),
            // As Prefect 2 knows them.
            .post("/deployments/{id}/set_schedule_inactive") { try await setPaused($0, true) }
                .does("Pause a deployment, as clients of Prefect 2 say it", .ok(.null)),
            .post("/deployments/{id}/set_schedule_active") { try await setPaused($0, false) }
                .does("Have a paused deployment go on, as clients of Prefect 2 say it", .ok(.null)),
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

    private func preview(_ call: Call) async throws -> Response {
        let body: SchedulePreviewBody = try await call.body()
        return .json(
            .list(try orchestrator.preview(body.schedule, after: body.start, count: body.count), \.view))
    }

    private func setPaused(_ call: Call, _ isPaused: Bool) async throws -> Response {
        try await orchestrator.setPaused(isPaused, deployment: try call.id(of: Deployment.self))
        return .json(.null)
    }
}
