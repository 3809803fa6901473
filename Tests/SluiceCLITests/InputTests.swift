import JSON
import Testing

@testable import SluiceCLI

@Suite struct InputTests {
    private static let schema: JSONValue = [
        "type": "object", "additionalProperties": false,
        "definitions": ["Level": ["enum": ["low", 3]]],
        "properties": [
            "month": ["type": "integer"], "ratio": ["type": "number"], "text": ["type": "string"],
            "maybe": ["type": ["string", "null"]], "either": ["anyOf": [["type": "integer"], ["type": "string"]]],
            "list": ["type": "array"], "flag": ["type": "boolean"], "level": ["$ref": "#/definitions/Level"],
            "any": [:], "loop": ["$ref": "#/properties/loop"],
        ],
    ]
    private let types = DeclaredTypes(schema: schema)

    @Test(arguments: [
        ("month", "3", "3"), ("month", "x", #""x""#), ("month", "1.0", "1.0"), ("month", "003", #""003""#),
        ("ratio", "1.10", "1.10"), ("text", "3", #""3""#), ("text", "null", #""null""#), ("text", "[1]", #""[1]""#),
        ("text", "", #""""#), ("maybe", "null", "null"), ("maybe", "3", #""3""#), ("either", "3", "3"),
        ("either", "3.5", #""3.5""#), ("either", "x", #""x""#), ("either", #""3""#, #""3""#), ("list", "[1]", "[1]"),
        ("list", "a,b", #""a,b""#), ("flag", "true", "true"), ("flag", "yes", #""yes""#), ("level", "3", "3"),
        ("level", "low", #""low""#), ("any", "{}", "{}"), ("any", "x", #""x""#), ("loop", "1", "1"),
        ("unknown", "1", "1"),
        ("month", "12345678901234567890123", "12345678901234567890123"),
    ])
    func `A text stands for what the schema wants`(name: String, text: String, json: String) {
        #expect(types.value(of: text, for: name).description == json)
    }

    @Test func `Names that the schema rules out are refused, with the one that was meant`() {
        #expect(throws: CommandFailure.self) { try types.check(name: "mnth") }
        do { try types.check(name: "mnth") } catch { #expect("\(error)".hasSuffix("did you mean 'month'?")) }
        #expect(throws: Never.self) { try DeclaredTypes(schema: nil).check(name: "x") }
    }

    // MARK: Grids

    private func grid(_ texts: String...) throws -> Grid {
        try Grid(texts.compactMap(NamedText.init(argument:)), types: types)
    }

    @Test func `A grid is every combination, once, the last axis fastest`() throws {
        let grid = try grid("month=1..3", "text=a,b", "ratio=0.5,1")
        let rows = (0..<grid.count).map { JSONValue.object(grid.row($0)).serialized() }
        #expect(grid.count == 12 && Set(rows).count == 12)
        #expect(rows.first == #"{"month":1,"text":"a","ratio":0.5}"#)
        #expect(rows[1] == #"{"month":1,"text":"a","ratio":1}"#)
        #expect(rows.last == #"{"month":3,"text":"b","ratio":1}"#)
    }

    @Test(arguments: [
        ("month=1..3", "[1,2,3]"), ("month=0..10..4", "[0,4,8]"), ("month=-1..1", "[-1,0,1]"), ("month=5..5", "[5]"),
        ("text=08..11", #"["08","09","10","11"]"#), ("text=1..2", #"["1","2"]"#), ("text=a,,b", #"["a","","b"]"#),
        (#"list=[[1],[2,3]]"#, "[[1],[2,3]]"), ("any=1.5,x,null", #"[1.5,"x",null]"#), ("text=1...3", #"["1...3"]"#),
        ("text=a..b", #"["a..b"]"#),
    ])
    func `The values of an axis`(text: String, json: String) throws {
        let grid = try grid(text)
        let name = grid.axes[0].name
        #expect(JSONValue.array((0..<grid.count).compactMap { grid.row($0)[name] }).serialized() == json)
    }

    @Test(arguments: [
        "month=3..1", "month=1..9..0", "month=", "list=[]", "nope=1", "any=-9223372036854775808..9223372036854775807",
    ])
    func `Axes without values are refused`(text: String) {
        #expect(throws: CommandFailure.self) { try grid(text) }
    }

    @Test func `Grids that are too large, or name a parameter twice, are refused`() {
        #expect(throws: CommandFailure.self) { try grid("month=1..100000", "ratio=1..100000") }
        #expect(throws: CommandFailure.self) { try grid("month=1", "month=2") }
        #expect(throws: CommandFailure.self) { try grid("month=1..9223372036854775807", "ratio=1,2") }
    }

    @Test(arguments: ["=1", "a", ""])
    func `What is no name and value`(text: String) {
        #expect(NamedText(argument: text) == nil)
    }

    @Test func `Only the first equals sign parts`() {
        #expect(NamedText(argument: "a=b=c")?.text == "b=c" && NamedText(argument: "a=")?.text == "")
    }

    // MARK: Rows

    private func rows(_ text: String, _ format: RowFile.Format? = nil, name: String = "rows") async throws -> [String] {
        let file = try TemporaryFile(name, text)
        var rows: [String] = []
        try await RowFile(path: file.path, format: format, input: -1).forEach(types: types) { row in
            rows.append(JSONValue.object(row).serialized())
        }
        return rows
    }

    @Test func `Comma-separated values get their types, and an empty field is nothing where a text is not wanted`()
        async throws
    {
        let text = "month,text,maybe,flag\n1,007,null,true\n,\"a,b\",,\n"
        let expected = [
            #"{"month":1,"text":"007","maybe":null,"flag":true}"#, #"{"text":"a,b","maybe":""}"#,
        ]
        #expect(try await rows(text) == expected)
        #expect(try await rows(text, name: "rows.csv") == expected)
    }

    @Test func `JSON lines are taken as they are`() async throws {
        let text = "{\"month\": 1.0}\n\n  {\"text\": \"x\"}"
        #expect(try await rows(text) == [#"{"month":1.0}"#, #"{"text":"x"}"#])
        #expect(try await rows(text, .jsonl, name: "rows.csv").count == 2)
    }

    @Test(arguments: [
        ("month,text\n1\n", "2: 1 field, where the header has 2"), ("month,month\n", "1: the header has 'month' twice"),
        ("month,\n", "1: the header has an empty name"),
        ("mnth\n", "1: the deployment has no parameter 'mnth'; did you mean 'month'?"),
        ("", "is empty"), ("month\n\"", "2: a quote is opened"),
        ("{\"month\": 1}\n{\"mnth\": 1}", "2: the deployment has no parameter"),
        ("{\"month\": 1}\n[1]", "2: a row is an object"), ("{\"month\": 1}\n{", "2:2: the text ends too early"),
    ])
    func `What is wrong with a row is said with its line`(text: String, problem: String) async {
        do {
            _ = try await rows(text)
            #expect(Bool(false))
        } catch let failure as CommandFailure {
            #expect(failure.code == .usage && failure.description.contains(problem), "\(failure)")
        } catch {
            #expect(Bool(false), "\(error)")
        }
    }

    @Test func `Many rows come through in pieces`() async throws {
        let text = "month\n" + (0..<100_000).map { "\($0)\n" }.joined()
        #expect(try await rows(text).count == 100_000)
    }
}
