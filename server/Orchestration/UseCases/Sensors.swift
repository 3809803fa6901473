public import Domain
import JSON
import Storage

extension Orchestrator {
    /// - Throws: `OrchestrationError.conflict` when the name is taken.
    public func createSensor(_ request: ObjectSensorRequest) async throws -> ObjectSensor {
        try await change { change in
            guard try change.store.sensor(named: request.name) == nil else {
                throw OrchestrationError.conflict("there is a sensor '\(request.name)' already")
            }
            return try change.make(request, of: nil)
        }
    }

    /// Says whether a sensor looks. One that looks again remembers what it has seen.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func setEnabled(_ isEnabled: Bool, sensor id: ID<ObjectSensor>) async throws -> ObjectSensor {
        try await change { change in
            var sensor = try change.store.sensor(id).orNotFound("Sensor", id)
            sensor.isEnabled = isEnabled
            return try change.keep(sensor.looking(at: sensor.source, from: change.now), .updated)
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func sensor(_ id: ID<ObjectSensor>) async throws -> ObjectSensor {
        try await database.read { try $0.sensor(id) }.orNotFound("Sensor", id)
    }

    /// The sensors that are asked for.
    public func sensors(_ request: ListRequest<SensorOrder>) async throws -> [ObjectSensor] {
        try await database.read { try $0.sensors(request.query(.always)) }
    }

    /// The sensors that a deployment's document states.
    public func sensors(of deployment: ID<Deployment>) async throws -> [ObjectSensor] {
        try await database.read { try $0.sensors(of: deployment) }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func deleteSensor(_ id: ID<ObjectSensor>) async throws {
        try await change { change in
            try change.delete(try change.store.sensor(id).orNotFound("Sensor", id))
        }
    }
}

/// Orders of sensors.
public enum SensorOrder: String, CaseIterable, ListOrder {
    case nameAscending = "NAME_ASC"
    case newestFirst = "CREATED_DESC"

    public static let standard = nameAscending

    public var columns: String {
        switch self {
        case .nameAscending: "name"
        case .newestFirst: "created DESC, id DESC"
        }
    }
}

extension Change {
    /// Makes the sensors of a deployment what its document states: those that are as they were keep what they have seen,
    /// and one that somebody has paused stays so.
    ///
    /// - Throws: `OrchestrationError.conflict` when a name is somebody else's.
    mutating func setSensors(of deployment: ID<Deployment>, to requests: [ObjectSensorRequest]) throws {
        let known = try store.sensors(of: deployment)
        for sensor in known where !requests.contains(where: { $0.name == sensor.name }) { try delete(sensor) }
        for request in requests {
            guard var sensor = known.first(where: { $0.name == request.name }) else {
                guard try store.sensor(named: request.name) == nil else {
                    throw OrchestrationError.conflict("there is a sensor '\(request.name)' already, which is another's")
                }
                _ = try make(request, of: deployment)
                continue
            }
            let isSame =
                sensor.source == request.source && sensor.every == request.every
                && sensor.includesExisting == request.includesExisting
            if isSame { continue }
            (sensor.every, sensor.includesExisting) = (request.every, request.includesExisting)
            _ = try keep(sensor.looking(at: request.source, from: now), .updated)
        }
    }

    fileprivate mutating func make(
        _ request: ObjectSensorRequest, of deployment: ID<Deployment>?
    ) throws -> ObjectSensor {
        let sensor = ObjectSensor(
            id: surroundings.newID(), name: request.name, source: request.source, every: request.every,
            includesExisting: request.includesExisting, isEnabled: request.isEnabled, owner: deployment, created: now,
            updated: now, sight: ObjectSensor.Sight(next: request.isEnabled ? now : nil))
        return try keep(sensor, .created)
    }

    fileprivate mutating func keep(_ sensor: ObjectSensor, _ fate: ConfigurationFate) throws -> ObjectSensor {
        var sensor = sensor
        sensor.updated = now
        if !sensor.sight.isPrimed { try store.forgetObjects(of: sensor.id) }
        try store.save(sensor)
        try happened(fate, to: sensor)
        tell(.sensorsChanged)
        return sensor
    }

    mutating func delete(_ sensor: ObjectSensor) throws {
        try store.deleteSensor(sensor.id)
        try happened(.deleted, to: sensor)
    }

    private mutating func happened(_ fate: ConfigurationFate, to sensor: ObjectSensor) throws {
        try happened(
            "sluice.sensor.\(fate.rawValue)", to: sensor.resource(),
            payload: ["name": .string(sensor.name), "source": sensor.source.json])
    }
}
