import JSON
import TestSupport
import Testing

/// Seeded searches: what is written is read back the same, and no input makes the parser trap.
@Suite struct JSONFuzzTests {
    @Test(arguments: Fuzz.seeds(400))
    func whatIsWrittenIsReadBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let value = JSONValue.random(depth: 5, using: &random)
        #expect(try JSONValue(parsing: value.serialized()) == value)
        #expect(try JSONValue(parsing: value.serializedBytes()).serialized() == value.serialized())
        #expect(try JSONValue(parsing: value.prettyPrinted()).serialized() == value.serialized())
        #expect(try JSONValue(parsing: value.canonical) == value)
        #expect(value.withUniformNumbers.isMathematicallyEqual(to: value))
    }

    private static let document = Array(
        """
        {"id": "0198c0de", "né": [1, -2.50e+3, true, false, null, {"x": []}],
        "s": "a\\n\\u00e9\\ud834\\udd1e𝄞\\\\", "": {}}
        """.utf8)

    @Test func everyTruncationIsRefused() {
        for length in 0..<Self.document.count {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Self.document.prefix(length)) }
        }
    }

    @Test func everyMutationIsReadOrRefused() {
        for place in Self.document.indices {
            for byte in UInt8.min...UInt8.max {
                var mutated = Self.document
                mutated[place] = byte
                expectReadableOrRefused(mutated)
            }
        }
    }

    @Test(arguments: Fuzz.seeds(100))
    func randomSplicesAreReadOrRefused(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            var bytes = Self.document
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let end = min(bytes.count, place + Int.random(in: 0...6, using: &random))
                let source = Int.random(in: 0..<Self.document.count - 8, using: &random)
                bytes.replaceSubrange(place..<end, with: Self.document[source..<source + 5])
            }
            expectReadableOrRefused(bytes)
        }
    }

    /// What is read must be JSON by our own writer too, and an error must point into the text.
    private func expectReadableOrRefused(_ bytes: [UInt8]) {
        do throws(JSONError) {
            let value = try JSONValue(parsing: bytes)
            #expect(try JSONValue(parsing: value.serializedBytes()) == value)
        } catch {
            #expect((0...bytes.count).contains(error.offset))
        }
    }
}

extension JSONValue {
    fileprivate static func random(depth: Int, using random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &random) {
        case 0: return .null
        case 1: return JSONValue(Bool.random(using: &random))
        case 2: return .integer(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))
        case 3: return JSONValue(Double(bitPattern: random.next())) ?? 0
        case 4:
            let exponent = Int8.random(in: -9...9, using: &random)
            return JSONValue(numberLexeme: "\(random.next()).\(random.next())e\(exponent)") ?? .null
        case 5: return .string(text(using: &random))
        case 6:
            let count = Int.random(in: 0...5, using: &random)
            return .array((0..<count).map { _ in .random(depth: depth - 1, using: &random) })
        default:
            return .object(
                JSONObject(
                    (0..<Int.random(in: 0...14, using: &random)).map { _ in
                        (text(using: &random), .random(depth: depth - 2, using: &random))
                    }))
        }
    }

    private static func text(using random: inout SeededGenerator) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...20, using: &random) {
            let widths: [UInt32] = [0x80, 0x80, 0x800, 0x1_0000, 0x11_0000]
            let limit = widths[Int.random(in: 0..<widths.count, using: &random)]
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}
