import APIClient
import JSON

/// What makes runs of a deployment by itself: schedules, automations, sensors.
struct DeploymentStarters {
    private struct Line {
        let text: String
        let isPaused: Bool
    }

    private let lines: [Line]

    init(of deployment: DeploymentResource, from connection: APIConnection) async throws {
        let schedules = try (deployment.json["schedules"]?.arrayValue ?? []).map { json in
            let schedule = try ScheduleResource(reading: JSONReader(json))
            return Line(
                text: "the schedule \(schedule.name): \(schedule.schedule.summary)", isPaused: !schedule.isActive)
        }
        let automations = try await connection.automations(ofDeployment: deployment.id).map {
            Line(text: "\($0.name): \(TriggerText.summary(of: $0.trigger))", isPaused: !$0.isEnabled)
        }
        let sensors = try await Self.sensors(of: deployment, connection)
            .map { Line(text: "the sensor \($0.name)", isPaused: !$0.isEnabled) }
        lines = schedules + automations + sensors
    }

    /// Servers from before there were any have none.
    private static func sensors(
        of deployment: DeploymentResource, _ connection: APIConnection
    ) async throws -> [SensorResource] {
        do {
            return try await connection.sensors().filter { $0.deploymentID == deployment.id }
        } catch {
            guard error.isNotFound else { throw error }
            return []
        }
    }

    func add(to sheet: inout FactSheet) {
        for (index, line) in lines.enumerated() {
            sheet.add(
                index == 0 ? "Started by" : " ", TerminalText.line(line.text) + (line.isPaused ? " (paused)" : ""),
                line.isPaused ? .yellow : nil)
        }
    }
}
