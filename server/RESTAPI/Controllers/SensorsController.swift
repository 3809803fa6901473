import Domain
import HTTPTypes
import Hummingbird
import JSON
import Orchestration

/// Look-outs for objects in stores. Prefect's server has none.
struct SensorsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/sensors", create)
                .does("Make a sensor for objects", takes: .sensorCreate, .created(.sensor)),
            .post("/sensors/filter", filter)
                .does("List sensors", takes: .sensorListRequest, .ok(.list(of: .sensor))),
            .get("/sensors/{id}", read)
                .does("Read a sensor, and what has come of its looks", .ok(.sensor)),
            .patch("/sensors/{id}", update)
                .does("Pause or resume a sensor", takes: .sensorUpdate, .ok(.sensor)),
            .delete("/sensors/{id}", delete)
                .does("Delete a sensor, and what it remembers", .noContent),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        .json(try await orchestrator.createSensor(try await call.body()).json, .created)
    }

    private func filter(_ call: Call) async throws -> Response {
        .json(.list(try await orchestrator.sensors(try await call.body()), \.json))
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.sensor(try call.id("id", of: ObjectSensor.self)).json)
    }

    private func update(_ call: Call) async throws -> Response {
        let id = try call.id("id", of: ObjectSensor.self)
        let body: SensorSwitch = try await call.body()
        return .json(try await orchestrator.setEnabled(body.isEnabled, sensor: id).json)
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteSensor(try call.id("id", of: ObjectSensor.self))
        return .noContent
    }
}

/// What of a sensor is changed without its being replaced.
private struct SensorSwitch: JSONReadable, Sendable {
    let isEnabled: Bool

    init(reading reader: JSONReader) throws(JSONReadingError) { isEnabled = try reader.required("enabled") }
}
