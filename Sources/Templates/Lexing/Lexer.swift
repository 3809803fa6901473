/// Cuts a template into tokens: text, and what stands in tags.
struct Lexer {
    let scalars: [Unicode.Scalar]
    var position = 0
    var line = 1
    var tokens: [Token] = []
    /// Whether the white space at the beginning of the next text is to be dropped.
    private var dropsSpace = false

    /// Line ends of all kinds become `\n`, and one at the end of the template is dropped.
    init(_ text: String) {
        var scalars: [Unicode.Scalar] = []
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if scalar == "\r" {
                scalars.append("\n")
            } else if scalar != "\n" || previous != "\r" {
                scalars.append(scalar)
            }
            previous = scalar
        }
        if scalars.last == "\n" { scalars.removeLast() }
        self.scalars = scalars
    }

    static func tokens(of text: String) throws(TemplateError) -> [Token] {
        var lexer = Lexer(text)
        while lexer.position < lexer.scalars.count { try lexer.piece() }
        lexer.append(.end)
        return lexer.tokens
    }

    func failure(_ message: String) -> TemplateError {
        TemplateError(line: line, message: message)
    }

    mutating func append(_ kind: Token.Kind) {
        tokens.append(Token(kind: kind, line: line))
    }

    func sees(_ text: StaticString, at place: Int) -> Bool {
        let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard place + bytes.count <= scalars.count else { return false }
        return zip(bytes, scalars[place...]).allSatisfy { UInt32($0) == $1.value }
    }

    /// Goes on to `place`, counting lines.
    mutating func advance(to place: Int) {
        for scalar in scalars[position..<place] where scalar == "\n" { line += 1 }
        position = place
    }

    mutating func skipSpace() {
        var place = position
        while place < scalars.count, scalars[place].isSpace { place += 1 }
        advance(to: place)
    }

    /// Text, and the tag after it.
    private mutating func piece() throws(TemplateError) {
        var start = position
        while start < scalars.count, !isTag(at: start) { start += 1 }
        guard start < scalars.count else { return text(upTo: start, trimmed: false) }
        let sign: Unicode.Scalar = start + 2 < scalars.count ? scalars[start + 2] : " "
        text(upTo: start, trimmed: sign == "-")
        advance(to: start + 2 + (sign == "-" || sign == "+" ? 1 : 0))
        switch scalars[start + 1] {
        case "{": try tag(.outputStart, .outputEnd)
        case "#": try comment()
        default: try isRaw() ? raw() : tag(.statementStart, .statementEnd)
        }
    }

    private func isTag(at place: Int) -> Bool {
        scalars[place] == "{" && place + 1 < scalars.count && ["{", "%", "#"].contains(scalars[place + 1])
    }

    private mutating func text(upTo end: Int, trimmed: Bool) {
        if dropsSpace { skipSpace() }
        dropsSpace = false
        let start = min(position, end)
        var last = end
        while trimmed, last > start, scalars[last - 1].isSpace { last -= 1 }
        if last > start { append(.text(String(scalars[start..<last]))) }
        advance(to: max(position, end))
    }

    private mutating func comment() throws(TemplateError) {
        var end = position
        while end < scalars.count, !sees("#}", at: end) { end += 1 }
        guard end < scalars.count else { throw failure("a comment does not end") }
        dropsSpace = end > position && scalars[end - 1] == "-"
        advance(to: end + 2)
    }

    /// Whether the tag whose sign has been read is `raw`.
    private func isRaw() -> Bool {
        var place = position
        func skip() { while place < scalars.count, scalars[place].isSpace { place += 1 } }
        skip()
        guard sees("raw", at: place) else { return false }
        place += 3
        skip()
        return sees("%}", at: place) || sees("-%}", at: place)
    }

    /// What stands up to `{% endraw %}` is text.
    private mutating func raw() throws(TemplateError) {
        dropsSpace = endOfTag()
        var start = position
        while start < scalars.count {
            if sees("{%", at: start), let end = endOfRaw(at: start) {
                text(upTo: start, trimmed: scalars[start + 2] == "-")
                advance(to: end)
                dropsSpace = endOfTag()
                return
            }
            start += 1
        }
        throw failure("'raw' does not end")
    }

    /// Goes on behind the `%}` that ends a tag; answers whether the white space after it is to be dropped.
    private mutating func endOfTag() -> Bool {
        var place = position
        while !sees("%}", at: place) { place += 1 }
        advance(to: place + 2)
        return scalars[place - 1] == "-"
    }

    /// Where the word of an `endraw` ends, if one is at `start`.
    private func endOfRaw(at start: Int) -> Int? {
        var place = start + 2
        func skip() { while place < scalars.count, scalars[place].isSpace { place += 1 } }
        if place < scalars.count, scalars[place] == "-" || scalars[place] == "+" { place += 1 }
        skip()
        guard sees("endraw", at: place) else { return nil }
        place += 6
        let end = place
        skip()
        if place < scalars.count, scalars[place] == "-" || scalars[place] == "+" { place += 1 }
        return sees("%}", at: place) ? end : nil
    }

    private mutating func tag(_ start: Token.Kind, _ end: Token.Kind) throws(TemplateError) {
        append(start)
        var open: [Symbol] = []
        let isStatement = if case .statementEnd = end { true } else { false }
        let mark: (plain: StaticString, trimming: StaticString) = isStatement ? ("%}", "-%}") : ("}}", "-}}")
        while true {
            skipSpace()
            guard position < scalars.count else { return }
            if open.isEmpty {
                let trims = sees(mark.trimming, at: position)
                let keeps = isStatement && sees("+%}", at: position)
                if trims || keeps || sees(mark.plain, at: position) {
                    append(end)
                    advance(to: position + (trims || keeps ? 3 : 2))
                    dropsSpace = trims
                    return
                }
            }
            try operand(open: &open)
        }
    }
}
