public import Domain
public import JSON

/// A value that goes into, or comes out of, a statement.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(stringLiteral value: String) { self = .text(value) }
}

/// How the domain's values are stored.
extension SQLValue {
    /// Its text.
    public static func id<Subject>(_ id: ID<Subject>) -> SQLValue { .text(id.description) }
    public static func id<Subject>(_ id: ID<Subject>?) -> SQLValue { id.map { .text($0.description) } ?? .null }
    /// The text, or null.
    public static func text(_ text: String?) -> SQLValue { text.map { SQLValue.text($0) } ?? .null }
    /// The number, or null.
    public static func int(_ number: Int?) -> SQLValue { number.map { .integer(Int64($0)) } ?? .null }
    /// 1 or 0.
    public static func flag(_ flag: Bool) -> SQLValue { .integer(flag ? 1 : 0) }
    /// Microseconds since the epoch, or null.
    public static func time(_ time: Timestamp?) -> SQLValue { time.map { .integer($0.microseconds) } ?? .null }
    /// Microseconds, or null.
    public static func span(_ span: Duration?) -> SQLValue { span.map { .integer($0.wholeMicroseconds) } ?? .null }
    /// An empty object or array is stored as nothing, which is what most are.
    public static func json(_ object: JSONObject) -> SQLValue {
        object.isEmpty ? .null : .text(JSONValue.object(object).serialized())
    }
    /// JSON's null is stored as nothing too.
    public static func json(_ value: JSONValue?) -> SQLValue {
        guard let value, !value.isNull else { return .null }
        return .text(value.serialized())
    }
    public static func strings(_ strings: [String]) -> SQLValue {
        strings.isEmpty ? .null : .text(JSONValue.array(strings.map { .string($0) }).serialized())
    }
}
