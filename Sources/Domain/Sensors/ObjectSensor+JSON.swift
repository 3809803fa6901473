public import JSON

/// A sensor as it is wanted.
public struct ObjectSensorRequest: Sendable, Hashable {
    public var name: String
    public var source: ObjectSource
    public var every: Duration
    public var includesExisting: Bool
    public var isEnabled: Bool

    public init(
        name: String, source: ObjectSource, every: Duration = ObjectSensor.standardInterval,
        includesExisting: Bool = false, isEnabled: Bool = true
    ) {
        self.name = name
        self.source = source
        self.every = every
        self.includesExisting = includesExisting
        self.isEnabled = isEnabled
    }
}

extension ObjectSensorRequest: JSONReadable {
    /// Reads `{"name": …, "s3": {…}, "every": SECONDS, "existing": …, "enabled": …}`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        let name: String = try reader.required("name")
        guard (1...500).contains(name.utf8.count), !name.utf8.contains(where: { $0 < 32 }) else {
            throw try reader.required("name").valueError("the name of a sensor has 1 to 500 bytes in one line")
        }
        self.init(
            name: name, source: try ObjectSource(reading: reader), every: try Self.interval(reader),
            includesExisting: try reader.optional("existing") ?? false,
            isEnabled: try reader.optional("enabled") ?? true)
    }

    private static func interval(_ reader: JSONReader) throws(JSONReadingError) -> Duration {
        guard let seconds: Double = try reader.optional("every") else { return ObjectSensor.standardInterval }
        let bounds = ObjectSensor.shortestInterval.inSeconds...ObjectSensor.longestInterval.inSeconds
        guard bounds.contains(seconds) else {
            throw try reader.required("every").valueError("a sensor looks every 5 seconds to every day")
        }
        return .seconds(seconds)
    }
}

extension ObjectSensorRequest: JSONEncodable {
    public var json: JSONValue {
        let own: JSONObject = [
            "name": .string(name), "every": every.inSeconds.json, "existing": .bool(includesExisting),
            "enabled": .bool(isEnabled),
        ]
        return .object(own.merging(source.json.objectValue ?? [:]))
    }
}

extension ObjectSensor: JSONEncodable {
    /// As the API shows it.
    public var json: JSONValue {
        let request = ObjectSensorRequest(
            name: name, source: source, every: every, includesExisting: includesExisting, isEnabled: isEnabled)
        let own: JSONObject = [
            "id": id.json, "created": created.json, "updated": updated.json, "deployment_id": owner.json,
            "next_look": sight.next.json, "last_look": sight.last.json, "is_primed": .bool(sight.isPrimed),
            "objects": sight.objects.json, "failures": sight.failures.json, "error": sight.error.json,
            "s3": .null, "gcs": .null,
        ]
        return .object(own.merging(request.json.objectValue ?? [:]))
    }

    /// Reads a sensor as it was stored.
    public init(stored reader: JSONReader) throws(JSONReadingError) {
        let request = try ObjectSensorRequest(reading: reader)
        var sight = Sight(next: try reader.optional("next_look"))
        sight.last = try reader.optional("last_look")
        sight.isPrimed = try reader.required("is_primed")
        sight.objects = try reader.required("objects")
        sight.failures = try reader.required("failures")
        sight.error = try reader.optional("error")
        self.init(
            id: try reader.required("id"), name: request.name, source: request.source, every: request.every,
            includesExisting: request.includesExisting, isEnabled: request.isEnabled,
            owner: try reader.optional("deployment_id"), created: try reader.required("created"),
            updated: try reader.required("updated"), sight: sight)
    }
}
