public import Domain
import JSON

extension Store {
    private static func sensor(_ reader: inout RowReader) throws(StorageError) -> ObjectSensor {
        let document = JSONValue.object(try reader.object())
        return try Self.stored(document) { json throws(JSONReadingError) in try ObjectSensor(stored: json) }
    }

    /// One sensor.
    public func sensor(_ id: ID<ObjectSensor>) throws(StorageError) -> ObjectSensor? {
        try rows("SELECT document FROM sensor WHERE id = $1", .id(id)).decoded(Self.sensor).first
    }

    /// The sensor of that name.
    public func sensor(named name: String) throws(StorageError) -> ObjectSensor? {
        try rows("SELECT document FROM sensor WHERE name = $1", .text(name)).decoded(Self.sensor).first
    }

    /// The sensors that a query asks for.
    public func sensors(_ query: Query) throws(StorageError) -> [ObjectSensor] {
        try select("document", from: "sensor", query).decoded(Self.sensor)
    }

    /// The sensors that a deployment's document states, by name.
    public func sensors(of deployment: ID<Deployment>) throws(StorageError) -> [ObjectSensor] {
        try rows("SELECT document FROM sensor WHERE deployment_id = $1 ORDER BY name", .id(deployment))
            .decoded(Self.sensor)
    }

    /// Those that are to look by now, those first that wait longest.
    public func dueSensors(at time: Timestamp, limit: Int) throws(StorageError) -> [ObjectSensor] {
        try rows(
            "SELECT document FROM sensor WHERE next_look <= $1 ORDER BY next_look, id LIMIT $2", .time(time),
            .int(limit)
        ).decoded(Self.sensor)
    }

    /// When the next look is due; nothing if none is.
    public func nextLook() throws(StorageError) -> Timestamp? {
        try rows("SELECT next_look FROM sensor WHERE next_look IS NOT NULL ORDER BY next_look LIMIT 1")
            .decoded { reader throws(StorageError) in try reader.time() }.first
    }

    /// Adds a sensor, or stores it as it is now.
    public func save(_ sensor: ObjectSensor) throws(StorageError) {
        try execute(
            """
            INSERT INTO sensor (id, name, deployment_id, document, next_look, created) VALUES (\(placeholders(6)))
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, deployment_id = excluded.deployment_id,
                document = excluded.document, next_look = excluded.next_look
            """, .id(sensor.id), .text(sensor.name), .id(sensor.owner), .json(sensor.json), .time(sensor.sight.next),
            .time(sensor.created))
    }

    /// Forgets a sensor, and what it has seen.
    public func deleteSensor(_ id: ID<ObjectSensor>) throws(StorageError) {
        try forgetObjects(of: id)
        try execute("DELETE FROM sensor WHERE id = $1", .id(id))
    }

    // MARK: - What sensors have seen

    /// The revisions that it has seen, by key.
    public func rememberedObjects(of sensor: ID<ObjectSensor>) throws(StorageError) -> [String: String] {
        let rows = try rows("SELECT object_key, revision FROM sensor_object WHERE sensor_id = $1", .id(sensor))
            .decoded { reader throws(StorageError) in (try reader.text(), try reader.text()) }
        return Dictionary(rows, uniquingKeysWith: { _, last in last })
    }

    /// Notes what it has seen.
    public func remember(_ object: SeenObject, by sensor: ID<ObjectSensor>) throws(StorageError) {
        try execute(
            """
            INSERT INTO sensor_object (sensor_id, object_key, revision) VALUES (\(placeholders(3)))
            ON CONFLICT (sensor_id, object_key) DO UPDATE SET revision = excluded.revision
            """, .id(sensor), .text(object.key), .text(object.revision))
    }

    /// Forgets one object.
    public func forget(object key: String, of sensor: ID<ObjectSensor>) throws(StorageError) {
        try execute("DELETE FROM sensor_object WHERE sensor_id = $1 AND object_key = $2", .id(sensor), .text(key))
    }

    /// Forgets all that it has seen.
    public func forgetObjects(of sensor: ID<ObjectSensor>) throws(StorageError) {
        try execute("DELETE FROM sensor_object WHERE sensor_id = $1", .id(sensor))
    }
}
