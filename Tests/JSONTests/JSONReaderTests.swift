import JSON
import Testing

@Suite struct JSONReaderTests {
    private struct Step: JSONReadable, Equatable {
        var name: String
        var retries: Int?
        var kind: Kind?

        enum Kind: String, CaseIterable, JSONReadable { case shell, python, swift }

        init(reading reader: JSONReader) throws(JSONReadingError) {
            name = try reader.required("name")
            retries = try reader.optional("retries")
            kind = try reader.optional("kind")
        }
    }

    private func error(
        in document: JSONValue, reading body: (JSONReader) throws(JSONReadingError) -> Void
    ) -> JSONReadingError? {
        do throws(JSONReadingError) {
            try body(JSONReader(document, path: ["body"]))
            return nil
        } catch {
            return error
        }
    }

    @Test func readsNestedTypes() throws {
        let document: JSONValue = [
            "steps": [["name": "a", "retries": 2, "kind": "python"], ["name": "b", "retries": .null]]
        ]
        let steps: [Step] = try JSONReader(document).required("steps")
        #expect(steps.map(\.name) == ["a", "b"])
        #expect(steps.map(\.retries) == [2, nil])
        #expect(steps.map(\.kind) == [.python, nil])
        let scores = try JSONReader(["x": 1.5, "y": 2]).read(as: [String: Double].self)
        #expect(scores == ["x": 1.5, "y": 2])
    }

    @Test func errorsCarryThePathTypeMessageAndInput() {
        let document: JSONValue = ["steps": [["name": "a"], ["name": 7]]]
        let wrong = error(in: document) { reader throws(JSONReadingError) in
            _ = try reader.required("steps", as: [Step].self)
        }
        #expect(
            wrong?.json == [
                "type": "string_type", "loc": ["body", "steps", 1, "name"], "msg": "Input should be a valid string",
                "input": 7,
            ])
        let missing = error(in: ["steps": [[:]]]) { reader throws(JSONReadingError) in
            _ = try reader.required("steps", as: [Step].self)
        }
        #expect(
            missing?.json == [
                "type": "missing", "loc": ["body", "steps", 0, "name"], "msg": "Field required", "input": [:],
            ])
        #expect(missing?.description == "body.steps.0.name: Field required")
        let kind = error(in: ["name": "a", "kind": "perl"]) { reader throws(JSONReadingError) in
            _ = try Step(reading: reader)
        }
        #expect(kind?.message == "Input should be 'shell', 'python' or 'swift'")
    }

    @Test func nullIsAbsentWhereAValueIsOptional() throws {
        let reader = JSONReader(["a": .null])
        #expect(try reader.optional("a", as: Int.self) == nil)
        #expect(try reader.optional("b", as: Int.self) == nil)
        #expect(reader.has("a"))
        #expect(!reader.has("b"))
        #expect(throws: JSONReadingError.self) { try reader.required("a", as: Int.self) }
    }

    @Test func extraKeysCanBeForbidden() {
        let wrong = error(in: ["a": 1, "z": 2]) { reader throws(JSONReadingError) in
            try reader.forbidExtraKeys(besides: ["a"])
        }
        #expect(wrong?.path == ["body", "z"])
        #expect(wrong?.type == "extra_forbidden")
        #expect(wrong?.input == 2)
    }

    @Test(
        arguments: [(1, 1), (1.0, 1), ("1", 1), (" -7 ", -7), ("+3", 3), ("1.0", 1), (true, 1)] as [(JSONValue, Int)])
    func integers(_ value: JSONValue, _ expected: Int) throws {
        #expect(try JSONReader(value).int == expected)
    }

    @Test(
        arguments: [
            (true, true), (false, false), (1, true), (0, false), ("yes", true), ("Off", false), ("TRUE", true),
            ("n", false),
        ] as [(JSONValue, Bool)])
    func booleans(_ value: JSONValue, _ expected: Bool) throws {
        #expect(try JSONReader(value).bool == expected)
    }

    @Test(arguments: [(1, 1), (1.5, 1.5), ("1.5", 1.5), (" 1e3 ", 1000)] as [(JSONValue, Double)])
    func numbers(_ value: JSONValue, _ expected: Double) throws {
        #expect(try JSONReader(value).double == expected)
    }

    @Test func refusalsHavePydanticsTypes() throws {
        let huge = try JSONValue(parsing: "1e400")
        let refused: [(JSONValue, String)] = [
            (1.5, "int_from_float"), (huge, "int_parsing_size"), ("x", "int_parsing"), ("1.5", "int_parsing"),
            ("", "int_parsing"), (.null, "int_type"), (2, "bool_parsing"), ("x", "bool_parsing"), (.null, "bool_type"),
            ("x", "float_parsing"), ([], "float_type"), (huge, "finite_number"), (1, "string_type"), ([:], "list_type"),
            ([], "dict_type"),
        ]
        for (value, type) in refused {
            let wrong = error(in: value) { reader throws(JSONReadingError) in
                switch type.prefix(3) {
                case "int": _ = try reader.int
                case "boo": _ = try reader.bool
                case "flo", "fin": _ = try reader.double
                case "str": _ = try reader.string
                case "lis": _ = try reader.array
                default: _ = try reader.object
                }
            }
            #expect(wrong?.type == type)
        }
    }
}
