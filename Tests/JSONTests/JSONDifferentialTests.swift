import Foundation
import JSON
import TestSupport
import Testing

/// Our parser beside Python's: both read a text, and as the same, or neither does.
///
/// Python is held to RFC 8259 where its `json` is wider: no `NaN` and infinities, no halves of surrogate pairs.
@Suite struct JSONDifferentialTests {
    @Test(arguments: Fuzz.seeds(4))
    func pythonReadsTheSame(seed: UInt64) throws {
        var source = RandomJSONText(seed: seed)
        let texts = (0..<1_500).map { _ in source.next() }
        let verdicts = try Self.verdictsOfPython(on: texts)
        try #require(verdicts.count == texts.count)
        var read = 0
        for (text, verdict) in zip(texts, verdicts) {
            let ours = (try? JSONValue(parsing: text)).map(\.outline) ?? "refused"
            if ours != "refused" { read += 1 }
            #expect(ours == verdict, "\(String(decoding: text, as: UTF8.self).debugDescription)")
        }
        // The corpus is worth nothing if it is all of one kind.
        #expect((300...1_200).contains(read))
    }

    /// Reads texts in hexadecimal, one a line, and writes for each its outline or `refused`.
    private static let script = """
        import json, sys
        class Refused(ValueError): pass
        def number(lexeme): return ('n', lexeme)
        def refuse(_): raise Refused()
        def outline(value):
            if value is None: return 'null'
            if value is True: return 'true'
            if value is False: return 'false'
            if isinstance(value, str): return value.encode('utf-8').hex().join('""')
            if isinstance(value, list): return '[' + ','.join(map(outline, value)) + ']'
            if isinstance(value, dict):
                return '{' + ','.join(outline(k) + ':' + outline(v) for k, v in value.items()) + '}'
            return value[1]
        def members(pairs):
            for pair in pairs: outline(list(pair))  # also those that a later one of the same name replaces
            return dict(pairs)
        for line in sys.stdin:
            try:
                text = bytes.fromhex(line).decode('utf-8')
                value = json.loads(text, parse_int=number, parse_float=number, parse_constant=refuse,
                                   object_pairs_hook=members)
                print(outline(value))
            except ValueError:
                print('refused')
        """

    private static func verdictsOfPython(on texts: [[UInt8]]) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-json-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appending(path: "texts"), folder.appending(path: "verdicts"))
        let lines = texts.map { $0.map { String(Int($0) + 0x100, radix: 16).dropFirst() }.joined() + "\n" }
        try Data(lines.joined().utf8).write(to: input)
        try Data().write(to: output)
        let python = Process()
        python.executableURL = URL(filePath: "/usr/bin/env")
        python.arguments = ["python3", "-c", script]
        python.standardInput = try FileHandle(forReadingFrom: input)
        python.standardOutput = try FileHandle(forWritingTo: output)
        try python.run()
        python.waitUntilExit()
        try #require(python.terminationStatus == 0)
        return try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map(String.init)
    }
}

extension JSONValue {
    /// The value in a spelling that leaves no choice: numbers as they were written, strings as bytes.
    fileprivate var outline: String {
        switch self {
        case .null: "null"
        case .bool(let bool): bool ? "true" : "false"
        case .integer(let integer): integer.description
        case .number(let number): number.lexeme
        case .string(let string): Self.outline(of: string)
        case .array(let elements): "[" + elements.map(\.outline).joined(separator: ",") + "]"
        case .object(let object):
            "{" + object.map { Self.outline(of: $0.key) + ":" + $0.value.outline }.joined(separator: ",") + "}"
        }
    }

    private static func outline(of string: String) -> String {
        "\"" + string.utf8.map { String(Int($0) + 0x100, radix: 16).dropFirst() }.joined() + "\""
    }
}
