/// A step on the way into a document: an object's key or an array's index.
public enum JSONPathComponent: Sendable, Hashable, JSONEncodable {
    case key(String)
    case index(Int)

    public var json: JSONValue {
        switch self {
        case .key(let key): .string(key)
        case .index(let index): JSONValue(index)
        }
    }
}

extension JSONPathComponent: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral key: String) {
        self = .key(key)
    }

    public init(integerLiteral index: Int) {
        self = .index(index)
    }
}

/// A document is JSON, but not what its reader needs. Its parts are those of pydantic's errors, which the clients of
/// Prefect's API know.
public struct JSONReadingError: Error, Sendable, Hashable {
    /// Where the fault lies, from the root of the document.
    public let path: [JSONPathComponent]
    /// pydantic's name of the kind of fault, such as `missing` or `int_type`.
    public let type: String
    /// A sentence for people.
    public let message: String
    /// What was given.
    public let input: JSONValue

    public init(path: [JSONPathComponent], type: String, message: String, input: JSONValue) {
        self.path = path
        self.type = type
        self.message = message
        self.input = input
    }

    static func missing(_ key: String, in reader: JSONReader) -> JSONReadingError {
        JSONReadingError(
            path: reader.path + [.key(key)], type: "missing", message: "Field required", input: reader.value)
    }
}

extension JSONReadingError: JSONEncodable {
    /// `{type, loc, msg, input}`.
    public var json: JSONValue {
        ["type": .string(type), "loc": path.json, "msg": .string(message), "input": input]
    }
}

extension JSONReadingError: CustomStringConvertible {
    public var description: String {
        let place = path.map {
            switch $0 {
            case .key(let key): key
            case .index(let index): String(index)
            }
        }
        return place.isEmpty ? message : "\(place.joined(separator: ".")): \(message)"
    }
}
