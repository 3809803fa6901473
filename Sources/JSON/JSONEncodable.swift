/// What can be said in JSON.
public protocol JSONEncodable {
    var json: JSONValue { get }
}

extension JSONValue: JSONEncodable {
    public var json: JSONValue { self }
}

extension JSONObject: JSONEncodable {
    public var json: JSONValue { .object(self) }
}

extension String: JSONEncodable {
    public var json: JSONValue { .string(self) }
}

extension Bool: JSONEncodable {
    public var json: JSONValue { .bool(self) }
}

extension Int: JSONEncodable {
    public var json: JSONValue { JSONValue(self) }
}

extension Int64: JSONEncodable {
    public var json: JSONValue { .integer(self) }
}

extension Double: JSONEncodable {
    /// Null if it is not finite, as JSON cannot say that.
    public var json: JSONValue { JSONValue(self) ?? .null }
}

extension Array: JSONEncodable where Element: JSONEncodable {
    public var json: JSONValue { .array(map(\.json)) }
}

extension Dictionary: JSONEncodable where Key == String, Value: JSONEncodable {
    /// The members in the order of their keys.
    public var json: JSONValue {
        .object(JSONObject(sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }))
    }
}

extension Optional: JSONEncodable where Wrapped: JSONEncodable {
    public var json: JSONValue { map(\.json) ?? .null }
}
