import Domain
import JSON
import Testing

@Suite struct BlockFieldsTests {
    private static let inner: JSONObject = [
        "title": "Inner", "type": "object", "block_type_slug": "inner", "secret_fields": ["x"],
        "properties": ["x": ["$ref": "#/definitions/Unit"]], "block_schema_references": [:],
    ]

    private static let outer: JSONObject = [
        "title": "Outer", "type": "object", "block_type_slug": "outer", "secret_fields": ["token"],
        "properties": [
            "inner": ["anyOf": [["$ref": "#/definitions/Inner"], ["type": "null"]]],
            "size": ["$ref": "#/definitions/Size"],
        ],
        "block_schema_references": ["inner": ["block_schema_checksum": "sha256:1", "block_type_slug": "inner"]],
        "definitions": [
            "Inner": .object(inner), "Size": ["$ref": "#/definitions/Unit"], "Unit": ["enum": ["m", 1.0]],
            "Unused": ["type": "string"],
        ],
    ]

    @Test func whatIsSecretAndWhatBlocksAreMadeOfDoNotCount() {
        let text = BlockFields(Self.outer).checksumText
        #expect(!text.contains("secret_fields") && !text.contains("Unused") && !text.contains("\"Inner\""))
        #expect(text.contains("\"definitions\": {\"Size\": {\"$ref\": \"#/definitions/Unit\"}, \"Unit\": {\"enum\": "))
        #expect(text.hasPrefix("[[{\"block_schema_references\": ") && text.hasSuffix("}], {}]"))
    }

    @Test func inListsTheyDo() {
        let fields = BlockFields(["a": [["secret_fields": 1]], "b": ["secret_fields": 2, "c": 3]])
        #expect(fields.checksumText == #"[[{"a": [{"secret_fields": 1}], "b": {"c": 3}}], {}]"#)
    }

    @Test func definitionsThatReferToThemselvesEnd() {
        let fields = BlockFields([
            "properties": ["a": ["$ref": "#/definitions/A"]],
            "definitions": ["A": ["b": ["$ref": "#/definitions/B"]], "B": ["a": ["$ref": "#/definitions/A"]]],
        ])
        #expect(fields.stored(among: fields.definitions) == fields.members)
    }

    @Test func blocksAreStoredApart() {
        let fields = BlockFields(Self.outer)
        let stored = fields.stored(among: fields.definitions)
        #expect(stored["block_schema_references"] == nil)
        #expect(Set(stored["definitions"]?.objectValue?.keys ?? []) == ["Size", "Unit"])
        #expect(fields.references == [BlockSchemaReference(name: "inner", typeSlug: "inner", checksum: "sha256:1")])
        #expect(fields.fields(of: fields.references[0], among: fields.definitions) == Self.inner)
    }

    @Test func aFieldOfSeveralTypesHasTheOneThatIsMeant() throws {
        let fields = BlockFields([
            "properties": ["one": ["anyOf": [["$ref": "#/definitions/A"], ["$ref": "#/definitions/B"]]]],
            "block_schema_references": [
                "one": [
                    ["block_schema_checksum": "1", "block_type_slug": "a"],
                    ["block_schema_checksum": "2", "block_type_slug": "b"], ["broken": true],
                ]
            ],
            "definitions": ["A": ["block_type_slug": "a"], "B": ["block_type_slug": "b"]],
        ])
        #expect(fields.references.map(\.checksum) == ["1", "2"])
        let found = fields.references.map { fields.fields(of: $0, among: fields.definitions)?["block_type_slug"] }
        #expect(found == ["a", "b"])
    }

    @Test func aTreeGivesBackWhatWasSent() throws {
        let fields = BlockFields(Self.outer)
        let inner = Self.tree("inner", fields: BlockFields(Self.inner).stored(among: [:]), checksum: "sha256:1")
        let outer = Self.tree(
            "outer", fields: fields.stored(among: fields.definitions), checksum: "2", children: [("inner", inner)])
        var sent = Self.outer
        sent["definitions"] = .object(JSONObject(fields.definitions.filter { $0.key != "Unused" }))
        #expect(outer.fields == sent)
    }

    private static func tree(
        _ slug: String, fields: JSONObject, checksum: String, children: [(name: String, tree: BlockSchemaTree)] = []
    ) -> BlockSchemaTree {
        let time = Timestamp(microseconds: 0)
        let type = BlockType(id: ID.first(at: time), name: slug, slug: slug, created: time, updated: time)
        let schema = BlockSchema(
            id: ID.first(at: time), typeID: type.id, checksum: checksum, version: "1", fields: fields,
            capabilities: [], created: time, updated: time)
        return BlockSchemaTree(schema, of: type, children: children)
    }
}
