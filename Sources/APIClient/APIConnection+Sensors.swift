public import Domain
import HTTPClient
public import JSON

/// A look-out for objects in a store, and what has come of its looks.
public struct SensorResource: APIResource {
    public let json: JSONValue
    public let id: String
    public let name: String
    /// As `s3://bucket/prefix`.
    public let url: String
    public let every: Duration
    /// Whether it looks.
    public let isEnabled: Bool
    public let includesExisting: Bool
    public let deploymentID: String?
    public let nextLook: Timestamp?
    /// The last one that went well.
    public let lastLook: Timestamp?
    /// How many objects it remembers.
    public let objects: Int
    /// How many looks have failed since one went well.
    public let failures: Int
    /// Why the last look failed.
    public let error: String?
    public let created: Timestamp?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.required("name").string
        url = try ObjectSource(reading: reader).url
        every = .seconds(try reader.required("every", as: Double.self))
        isEnabled = try reader.optional("enabled")?.bool ?? true
        includesExisting = try reader.optional("existing")?.bool ?? false
        deploymentID = try reader.text("deployment_id")
        nextLook = try reader.time("next_look")
        lastLook = try reader.time("last_look")
        objects = try reader.optional("objects") ?? 0
        failures = try reader.optional("failures") ?? 0
        error = try reader.text("error")
        created = try reader.time("created")
    }
}

extension APIConnection {
    /// All sensors, by name.
    public func sensors() async throws(APIError) -> [SensorResource] { try await all("/sensors/filter") }

    /// Says whether a sensor looks.
    public func setEnabled(_ isEnabled: Bool, sensor id: String) async throws(APIError) -> SensorResource {
        try read(await call(.patch, "/sensors/\(id)", ["enabled": .bool(isEnabled)], mayRepeat: true).json)
    }

    /// Forgets a sensor.
    public func delete(sensor id: String) async throws(APIError) {
        _ = try await call(.delete, "/sensors/\(id)")
    }
}
