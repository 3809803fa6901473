public import Domain
public import JSON

/// Something that the API answers with: the fields that are used here, and all of it as it came.
public protocol APIResource: JSONReadable, JSONEncodable, Sendable {}

extension JSONReader {
    func text(_ key: String) throws(JSONReadingError) -> String? { try optional(key)?.string }

    func integer(_ key: String) throws(JSONReadingError) -> Int? { try optional(key)?.int }

    func time(_ key: String) throws(JSONReadingError) -> Timestamp? {
        guard let field = try optional(key) else { return nil }
        guard let time = Timestamp(try field.string) else { throw field.error("datetime", "Input should be a time") }
        return time
    }
}

/// A state that a run is or was in.
public struct StateResource: APIResource {
    public let json: JSONValue
    public let id: String?
    public let type: StateType
    public let name: String
    public let timestamp: Timestamp?
    public let message: String?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.text("id")
        let kind = try reader.required("type")
        guard let type = StateType(rawValue: try kind.string) else { throw kind.error("enum", "unknown state type") }
        self.type = type
        name = try reader.text("name") ?? StateName.standard(for: type)
        timestamp = try reader.time("timestamp")
        message = try reader.text("message")
    }
}

/// A line of a run's log.
public struct LogResource: APIResource {
    public let json: JSONValue
    /// What wrote it: `stdout`, `stderr`, `sluice`, a Python logger.
    public let name: String
    /// As Python's logging has it: 20 for information, 30 for a warning, 40 for an error.
    public let level: Int
    public let message: String
    public let timestamp: Timestamp

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        name = try reader.text("name") ?? ""
        level = try reader.integer("level") ?? 20
        message = try reader.required("message").string
        timestamp = try reader.time("timestamp") ?? Timestamp(microseconds: 0)
    }
}
