import JSON
import Testing

@Suite struct JSONWriterTests {
    @Test func escapesOnlyWhatMustBe() {
        let text = "\"\\/\u{8}\u{9}\u{a}\u{c}\u{d}\u{0}\u{1f}\u{7f}é\u{2028}𝄞"
        #expect(JSONValue(text).serialized() == #""\"\\/\b\t\n\f\r\u0000\u001f"# + "\u{7f}é\u{2028}𝄞\"")
    }

    @Test func prettyPrinting() {
        let value: JSONValue = ["a": [1, ["b": .null]], "empty": [], "none": [:]]
        #expect(
            value.prettyPrinted() == """
                {
                  "a": [
                    1,
                    {
                      "b": null
                    }
                  ],
                  "empty": [],
                  "none": {}
                }
                """)
        #expect(JSONValue(1).prettyPrinted(indent: 4) == "1")
    }

    @Test func canonicalTextsSortKeysByCodePoint() throws {
        let text = #"{"b":{"z":1,"a":1.0},"a":[{"y":1,"x":2}],"é":0,"Z":0,"":0,"𝄞":0,"～":0}"#
        let value = try JSONValue(parsing: text)
        #expect(value.canonical == #"{"":0,"Z":0,"a":[{"x":2,"y":1}],"b":{"a":1.0,"z":1},"é":0,"～":0,"𝄞":0}"#)
    }

    @Test func typesThatCanBeSaidInJSON() {
        let values: [String: [Int?]] = ["b": [1, nil], "a": []]
        #expect(values.json.serialized() == #"{"a":[],"b":[1,null]}"#)
        #expect(Double.nan.json == .null)
        #expect(true.json == true)
    }
}
