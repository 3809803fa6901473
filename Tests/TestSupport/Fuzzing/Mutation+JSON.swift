public import JSON

extension Mutation {
    /// Values that are right nowhere, or only at some limit.
    static let strange: [JSONValue] = [
        .null, true, false, 0, -1, 1, 0.5, [], [:], "", " ", "\0", "\u{1B}[31m", "../../etc/passwd", "%00", "'; --",
        "null", "\u{202E}x", "not-a-uuid", "00000000-0000-0000-0000-000000000000", "2026-13-45T99:99:99Z",
        "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "true", "1e999", "NaN", "-0", "(a+)+$", "[", "\\",
        .integer(.max), .integer(.min), .integer(1 << 53), .integer(1 << 31), .integer(-1 << 31),
        JSONValue(numberLexeme: "1e308") ?? .null, JSONValue(numberLexeme: "-1e-308") ?? .null,
        JSONValue(numberLexeme: "123456789012345678901234567890.5") ?? .null, [[[[[[[[]]]]]]]],
        ["any_": [.null, 1, "x", ["y"]]], ["any_": []], ["before_": "x"], ["ge_": "x"], ["$ref": "#"],
        .string(String(repeating: "x", count: 5000)), .string(String(repeating: "é", count: 300)),
        .array(Array(repeating: 1, count: 300)), .string("😀\u{0301}\u{200D}"),
    ]

    /// The value after one to three accidents: members lost, renamed, put elsewhere, or replaced by what they cannot be.
    public mutating func callAsFunction(_ value: JSONValue) -> JSONValue {
        var value = value
        for _ in 0...random.choice(of: 3) { value = damaged(value) }
        return value
    }

    /// The text of a body: of a damaged value, or a sound one's damaged text.
    public mutating func body(_ value: JSONValue) -> [UInt8] {
        switch random.choice(of: 4) {
        case 0: self(value.serializedBytes())
        case 1: deep(value)
        default: self(value).serializedBytes()
        }
    }

    /// Anything, not too deep.
    public mutating func anyJSON(depth: Int = 4) -> JSONValue {
        switch random.choice(of: depth > 0 ? 6 : 3) {
        case 0: .integer(Int64(bitPattern: random.next()) >> Int64(random.choice(of: 64)))
        case 1, 2: strangeValue()
        case 3: .array((0..<random.choice(of: 5)).map { _ in anyJSON(depth: depth - 1) })
        default: .object(JSONObject((0..<random.choice(of: 6)).map { ("k\($0)", anyJSON(depth: depth - 1)) }))
        }
    }

    private mutating func strangeValue() -> JSONValue { Self.strange[random.choice(of: Self.strange.count)] }

    private mutating func damaged(_ value: JSONValue) -> JSONValue {
        if let object = value.objectValue, !object.isEmpty, random.choice(of: 5) > 0 {
            return .object(damaged(object))
        }
        if var array = value.arrayValue, !array.isEmpty, random.choice(of: 5) > 0 {
            let at = random.choice(of: array.count)
            switch random.choice(of: 4) {
            case 0: array.remove(at: at)
            case 1: array.append(array[at])
            default: array[at] = damaged(array[at])
            }
            return .array(array)
        }
        return random.choice(of: 8) == 0 ? anyJSON() : strangeValue()
    }

    private mutating func damaged(_ object: JSONObject) -> JSONObject {
        var members = object.map { ($0.key, $0.value) }
        let at = random.choice(of: members.count)
        switch random.choice(of: 7) {
        case 0: members.remove(at: at)
        case 1: members[at].0 += "_"
        case 2: members.append((members[at].0, strangeValue()))
        case 3: members.append(("unknown", anyJSON()))
        default: members[at].1 = damaged(members[at].1)
        }
        return JSONObject(members)
    }

    /// The value inside more brackets than anybody reads.
    private mutating func deep(_ value: JSONValue) -> [UInt8] {
        let depth = [10, 100, 1000, 100_000][random.choice(of: 4)]
        let open: UInt8 = UInt8(ascii: "[")
        let isClosed = random.choice(of: 2) == 0
        return Array(repeating: open, count: depth) + value.serializedBytes()
            + (isClosed ? Array(repeating: UInt8(ascii: "]"), count: depth) : [])
    }
}
