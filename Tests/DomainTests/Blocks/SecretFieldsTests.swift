import Domain
import JSON
import Testing

/// What is masked is what Prefect 3.8's server masks.
@Suite struct SecretFieldsTests {
    private static let fields = SecretFields(["a", "b.*", "c.d", "l"])
    private static let data: JSONObject = [
        "a": 5, "b": ["x": 1, "y": ["z": "q"], "e": [:], "n": .null], "c": ["d": "s", "f": 1], "l": [1], "n": .null,
        "o": [:],
    ]

    @Test func secretsAreMasked() {
        #expect(
            Self.fields.masking(Self.data) == [
                "a": "********",
                "b": ["x": "********", "y": ["z": "********"], "e": "********", "n": "********"],
                "c": ["d": "********", "f": 1], "l": "********", "n": .null, "o": [:],
            ])
        #expect(Self.fields.masking(["a": .null]) == ["a": .null])
        // So it is recorded: an object is shown unless all of it is secret.
        #expect(Self.fields.masking(["a": ["x": 1]]) == ["a": ["x": 1]])
        #expect(SecretFields([]).masking(Self.data) == Self.data)
    }

    @Test func whatIsMaskedStaysWhatItIs() {
        #expect(Self.fields.restoring(Self.fields.masking(Self.data), from: Self.data)["a"] == 5)
        let changed = Self.fields.restoring(
            ["a": "new", "b": ["x": "********", "y": ["z": "other"], "unknown": "********"], "o": "********"],
            from: Self.data)
        #expect(
            changed == [
                "a": "new", "b": ["x": 1, "y": ["z": "other"], "unknown": "********"], "o": "********",
            ])
        #expect(Self.fields.restoring(["a": "********"], from: [:]) == ["a": "********"])
    }
}

@Suite struct BlockDataTests {
    private static let id = ID<BlockDocument>.first(at: Timestamp(microseconds: 1_000_000))

    @Test func referencesAreKeptApart() throws {
        let data = try BlockData([
            "x": 1, "held": ["$ref": ["block_document_id": Self.id.json]], "deep": ["in": ["$ref": ["a": 1]]],
        ])
        #expect(data.plain == ["x": 1, "deep": ["in": ["$ref": ["a": 1]]]])
        #expect(data.references == ["held": Self.id])
    }

    @Test(
        arguments: [
            ([:], .missing(field: "x")), (["block_document_id": .null], .missing(field: "x")),
            (["block_document_id": "y"], .noID(field: "x")), ("#/a", .missing(field: "x")),
        ] as [(JSONValue, BrokenBlockReference)])
    func brokenOnesAreTold(_ reference: JSONValue, _ error: BrokenBlockReference) {
        #expect(throws: error) { try BlockData(["x": ["$ref": reference]]) }
    }
}
