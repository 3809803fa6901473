import JSON
import Testing

/// Each expectation is what Python 3.11 wrote for `json.dumps(json.loads(text), sort_keys=True)`.
@Suite struct PythonTextTests {
    @Test(arguments: [
        ("1", "1"), ("1.0", "1.0"), ("1.50", "1.5"), ("-0", "0"), ("-0.0", "-0.0"), ("0.0", "0.0"), ("1e2", "100.0"),
        ("1E400", "Infinity"), ("-1e400", "-Infinity"), ("0.0001", "0.0001"), ("0.00001", "1e-05"),
        ("1.25e-7", "1.25e-07"), ("1e16", "1e+16"), ("1.2e16", "1.2e+16"), ("9999999999999998.0", "9999999999999998.0"),
        ("123456789012345678", "123456789012345678"), ("12345678901234567890123", "12345678901234567890123"),
        ("123456789012345678.0", "1.2345678901234568e+17"), ("1e100", "1e+100"), ("5e-324", "5e-324"),
        ("0.1", "0.1"), ("3.14", "3.14"), ("100000.0", "100000.0"), ("-12.75", "-12.75"),
        ("1e15", "1000000000000000.0"),
        ("2.5e-310", "2.5e-310"), ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ])
    func numbers(_ text: String, _ expected: String) throws {
        #expect(try JSONValue(parsing: text).pythonText == expected)
    }

    @Test(arguments: [
        (#"{"b":1,"a":[true,null,{}],"B":[]}"#, #"{"B": [], "a": [true, null, {}], "b": 1}"#),
        (#"{"é":"ü€","z":"😀"}"#, #"{"z": "\ud83d\ude00", "\u00e9": "\u00fc\u20ac"}"#),
        (#""\"\\\/\b\f\n\r\t\u0001\u007f~ ""#, #""\"\\/\b\f\n\r\t\u0001\u007f~ ""#),
        (#"{"\ud800\udc00":1,"\uffff":2}"#, #"{"\uffff": 2, "\ud800\udc00": 1}"#),
        (#"[1,"a",2.0]"#, #"[1, "a", 2.0]"#),
    ])
    func documents(_ text: String, _ expected: String) throws {
        #expect(try JSONValue(parsing: text).pythonText == expected)
    }
}
