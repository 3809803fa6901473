import APIClient
import DeploymentDocument
import Domain
import JSON

/// The sensors that a deployment's document states by its triggers. The server keeps them with the deployment.
struct StatedSensors {
    let definition: DeploymentDefinition

    /// Two triggers may wait for what one sensor sees.
    private var requests: [ObjectSensorRequest] {
        var names: Set<String> = []
        return definition.triggers.compactMap { trigger in
            guard case .object(let sensor) = trigger.cause, names.insert(sensor.name).inserted else { return nil }
            return sensor
        }
    }

    /// What the server is sent with the deployment.
    var bodies: JSONValue { .array(requests.map { request in .object(Self.stated(request)) }) }

    /// Whether an existing deployment's sensors are others than these. Servers from before there were any have none.
    func differ(from deploymentID: String, on connection: APIConnection) async throws -> Bool {
        let known: [SensorResource]
        do {
            known = try await connection.sensors().filter { $0.deploymentID == deploymentID }
        } catch {
            guard error.isNotFound, requests.isEmpty else { throw error }
            return false
        }
        guard known.count == requests.count else { return true }
        return requests.contains { request in
            let former = known.first { $0.name == request.name }?.json
            return Self.stated(request).contains { key, value in
                !(former?[key] ?? .null).isMathematicallyEqual(to: value)
            }
        }
    }

    /// Whether it looks is not for the document to say: one that somebody has paused stays so.
    private static func stated(_ request: ObjectSensorRequest) -> JSONObject {
        JSONObject((request.json.objectValue ?? [:]).filter { $0.key != "enabled" })
    }
}
