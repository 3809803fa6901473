import Glibc

/// A search in log lines, whatever the case of their letters, as the Prefect API understands one.
public struct LogTextSearch: Sendable, Hashable {
    /// One of these, if there are any, is in the line.
    private var wanted: [[UInt8]] = []
    /// All of these are in the line.
    private var required: [[UInt8]] = []
    /// None of these is in the line.
    private var excluded: [[UInt8]] = []

    /// Reads a query: words are alternatives, `+word` must and `-word` or `!word` must not be there, and quotation
    /// marks hold words together. A backslash takes a quotation mark as it is.
    public init(_ query: String) {
        var reader = QueryReader(rest: query[...])
        while let (sign, term) = reader.next() {
            let bytes = [UInt8](term.lowercased().utf8)
            switch sign {
            case "+": required.append(bytes)
            case "-", "!": excluded.append(bytes)
            default: wanted.append(bytes)
            }
        }
    }

    func matches(_ message: String, logger: String) -> Bool {
        let line = [UInt8]((message + " " + logger).lowercased().utf8)
        return (wanted.isEmpty || wanted.contains { Self.occurs($0, in: line) })
            && required.allSatisfy { Self.occurs($0, in: line) }
            && !excluded.contains { Self.occurs($0, in: line) }
    }

    private static func occurs(_ term: [UInt8], in line: [UInt8]) -> Bool {
        guard let first = term.first else { return true }
        return line.withUnsafeBytes { line in
            term.withUnsafeBytes { term in
                guard let start = line.baseAddress, let wanted = term.baseAddress else { return false }
                var position = 0
                while line.count - position >= term.count {
                    let room = line.count - position - term.count + 1
                    guard let found = memchr(start + position, Int32(first), room) else { return false }
                    if memcmp(found, wanted, term.count) == 0 { return true }
                    position = UnsafeRawPointer(found) - start + 1
                }
                return false
            }
        }
    }
}

/// Takes the terms of a query apart.
private struct QueryReader {
    var rest: Substring

    /// The next term and the sign before it. A sign alone is no term.
    mutating func next() -> (sign: Character?, term: String)? {
        while true {
            rest = rest.drop { $0.isWhitespace }
            guard let first = rest.first else { return nil }
            let sign = "+-!".contains(first) ? rest.removeFirst() : nil
            let term = rest.first == "\"" ? quoted() : word()
            if !term.isEmpty { return (sign, term) }
        }
    }

    private mutating func quoted() -> String {
        rest.removeFirst()
        var term = ""
        while let next = rest.popFirst(), next != "\"" {
            term.append(next == "\\" && rest.first == "\"" ? rest.removeFirst() : next)
        }
        return term
    }

    private mutating func word() -> String {
        var term = ""
        while let next = rest.first, !next.isWhitespace {
            rest.removeFirst()
            term.append(next == "\\" && rest.first == "\"" ? rest.removeFirst() : next)
        }
        return term
    }
}
