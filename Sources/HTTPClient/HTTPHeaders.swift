/// Header fields in their order; names are compared without regard to case (RFC 9110, 5.1).
public struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One field as it stands on the wire.
    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: String
    }

    /// All fields, repeated names included.
    public private(set) var fields: [Field] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements {
            add(name, value)
        }
    }

    /// The value of a field; those of a repeated name are joined with a comma (RFC 9110, 5.3).
    /// Setting replaces every field of that name, and nil removes them.
    public subscript(name: String) -> String? {
        get {
            let values = fields.filter { Self.same($0.name, name) }.map(\.value)
            return values.isEmpty ? nil : values.joined(separator: ", ")
        }
        set {
            fields.removeAll { Self.same($0.name, name) }
            if let newValue {
                add(name, newValue)
            }
        }
    }

    /// Appends a field and keeps those of the same name.
    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// ASCII case folding on the bytes: header names are ASCII, and Unicode's rules would only cost time.
    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

extension HTTPHeaders.Field {
    /// A line of a response's head; nil if it is none of the form `name: value`.
    init?(line: some Collection<UInt8>) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        name = String(decoding: line[..<colon], as: UTF8.self)
        value = String(decoding: line[line.index(after: colon)...].trimmed, as: UTF8.self)
    }

    /// Whether the field may be sent: a token for a name, and a value that cannot break out of its line.
    var isValid: Bool {
        let marks = Set("!#$%&'*+-.^_`|~".utf8)
        let isToken = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: marks.contains(byte)
            }
        }
        return !name.isEmpty && isToken && !value.utf8.contains { $0 == 0 || $0 == 10 || $0 == 13 }
    }
}

extension Collection<UInt8> {
    /// Without the blanks and line ends around it.
    fileprivate var trimmed: SubSequence {
        let isBlank: (UInt8) -> Bool = { $0 == 32 || $0 == 9 || $0 == 10 || $0 == 13 }
        var rest = drop(while: isBlank)
        var end = rest.startIndex
        for index in rest.indices where !isBlank(rest[index]) {
            end = rest.index(after: index)
        }
        rest = rest[..<end]
        return rest
    }
}
