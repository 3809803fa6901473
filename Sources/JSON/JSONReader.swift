/// A value, and where in its document it stands: what a type is read from.
///
/// Each accessor throws a ``JSONReadingError`` that carries the path, so that a type reads its fields one after another
/// and says nothing about errors. Like pydantic, on whose rules the clients of Prefect's API count, it takes `"3"` and
/// `3.0` for an integer, `1` and `"true"` for a boolean, and numbers in strings for a number; never a number for a
/// string.
public struct JSONReader: Sendable {
    public let value: JSONValue
    public let path: [JSONPathComponent]

    /// - Parameter path: what is to stand before each error's path, such as `["body"]`.
    public init(_ value: JSONValue, path: [JSONPathComponent] = []) {
        self.value = value
        self.path = path
    }

    /// An error about this very value.
    public func error(_ type: String, _ message: String) -> JSONReadingError {
        JSONReadingError(path: path, type: type, message: message, input: value)
    }

    /// An error that pydantic's own types do not know, in the form that pydantic gives to such.
    public func valueError(_ message: String) -> JSONReadingError { error("value_error", "Value error, \(message)") }
}

/// What can be read from JSON.
public protocol JSONReadable {
    init(reading reader: JSONReader) throws(JSONReadingError)
}

extension JSONReader {
    /// Whether the object has the key, be it with null.
    public func has(_ key: String) -> Bool {
        value.objectValue?.contains(key: key) ?? false
    }

    /// The member, be it null.
    public func required(_ key: String) throws(JSONReadingError) -> JSONReader {
        guard let member = try object[key] else { throw .missing(key, in: self) }
        return JSONReader(member, path: path + [.key(key)])
    }

    /// The member; nil if it is absent or null.
    public func optional(_ key: String) throws(JSONReadingError) -> JSONReader? {
        guard let member = try object[key], !member.isNull else { return nil }
        return JSONReader(member, path: path + [.key(key)])
    }

    /// The member, read as a `T`; an error if it is not there.
    public func required<T: JSONReadable>(_ key: String, as type: T.Type = T.self) throws(JSONReadingError) -> T {
        try T(reading: required(key))
    }

    /// Nil if the member is absent or null.
    public func optional<T: JSONReadable>(_ key: String, as type: T.Type = T.self) throws(JSONReadingError) -> T? {
        guard let member = try optional(key) else { return nil }
        return try T(reading: member)
    }

    /// The value, read as a `T`.
    public func read<T: JSONReadable>(as type: T.Type = T.self) throws(JSONReadingError) -> T {
        try T(reading: self)
    }

    /// Refuses an object with keys other than `known`.
    public func forbidExtraKeys(besides known: Set<String>) throws(JSONReadingError) {
        for (key, value) in try object where !known.contains(key) {
            throw JSONReadingError(
                path: path + [.key(key)], type: "extra_forbidden", message: "Extra inputs are not permitted",
                input: value)
        }
    }
}

extension JSONReader {
    public var isNull: Bool { value.isNull }

    public var object: JSONObject {
        get throws(JSONReadingError) {
            guard case .object(let object) = value else {
                throw error("dict_type", "Input should be a valid dictionary")
            }
            return object
        }
    }

    /// The members' readers.
    public var members: [(key: String, reader: JSONReader)] {
        get throws(JSONReadingError) {
            try object.map { ($0.key, JSONReader($0.value, path: path + [.key($0.key)])) }
        }
    }

    /// The elements' readers.
    public var array: [JSONReader] {
        get throws(JSONReadingError) {
            guard case .array(let elements) = value else { throw error("list_type", "Input should be a valid list") }
            return elements.enumerated().map { JSONReader($0.element, path: path + [.index($0.offset)]) }
        }
    }

    public var string: String {
        get throws(JSONReadingError) {
            guard case .string(let string) = value else { throw error("string_type", "Input should be a valid string") }
            return string
        }
    }
}
