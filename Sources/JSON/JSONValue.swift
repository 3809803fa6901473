/// A JSON value as RFC 8259 defines it, with numbers kept exactly as they were written.
///
/// `==` and hashing compare what is written, not what it means: `1` and `1.0` are different values, and so are two
/// strings that differ in Unicode normalisation. The order of an object's keys does not matter.
/// `isMathematicallyEqual(to:)` compares numbers by their worth.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// A whole number in the range of `Int64`, written without fraction and exponent.
    case integer(Int64)
    /// Any other number; see ``JSONNumber``.
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue: Hashable {
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null:
            hasher.combine(0 as UInt8)
        case .bool(let bool):
            hasher.combine(bool ? 1 : 2 as UInt8)
        case .integer(let integer):
            hasher.combine(integer)
        case .number(let number):
            hasher.combine(number)
        case .string(let string):
            string.hashBytes(into: &hasher)
        case .array(let elements):
            hasher.combine(elements)
        case .object(let object):
            hasher.combine(object)
        }
    }
}

extension JSONValue {
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    public var isNumber: Bool {
        switch self {
        case .integer, .number: true
        default: false
        }
    }

    public var boolValue: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    /// The number, if it is whole and fits; `1.0` and `1e2` are whole too.
    public var intValue: Int? {
        switch self {
        case .integer(let integer): Int(exactly: integer)
        case .number(let number): ExactDecimal(number).wholeValue.flatMap { Int(exactly: $0) }
        default: nil
        }
    }

    /// The number, rounded to the nearest `Double`; infinite if it is too large for one.
    public var doubleValue: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number.doubleValue
        default: nil
        }
    }

    public var stringValue: String? {
        if case .string(let string) = self { string } else { nil }
    }

    public var arrayValue: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    public var objectValue: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The value of `key`, if this is an object that has it.
    public subscript(key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The element at `index`, if this is an array that has it.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

extension JSONValue {
    /// The number in its shortest spelling that reads back as the same `Double`; nil if it is not finite, which JSON
    /// cannot say.
    public init?(_ double: Double) {
        guard double.isFinite else { return nil }
        self = .number(JSONNumber(validLexeme: double.description))
    }

    public init(_ integer: some FixedWidthInteger) {
        if let small = Int64(exactly: integer) {
            self = .integer(small)
        } else {
            self = .number(JSONNumber(validLexeme: integer.description))
        }
    }

    public init(_ string: String) {
        self = .string(string)
    }

    public init(_ bool: Bool) {
        self = .bool(bool)
    }
}

// Not by `nil`: in `condition ? value : nil` it would quietly mean JSON's null where absence is meant.
extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }

    public init(integerLiteral value: Int64) {
        self = .integer(value)
    }

    /// A literal too large for a `Double` becomes null.
    public init(floatLiteral value: Double) {
        self = JSONValue(value) ?? .null
    }

    public init(stringLiteral value: String) {
        self = .string(value)
    }

    public init(arrayLiteral elements: JSONValue...) {
        self = .array(elements)
    }

    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.lazy.map { (key: $0.0, value: $0.1) }))
    }
}

extension JSONValue: CustomStringConvertible {
    /// The JSON text, compact.
    public var description: String { serialized() }
}
