extension Lexer {
    mutating func string(endingWith quote: Unicode.Scalar) throws(TemplateError) {
        var text = String.UnicodeScalarView()
        var place = position + 1
        while place < scalars.count, scalars[place] != quote {
            if scalars[place] == "\\" {
                try escape(at: &place, into: &text)
            } else {
                text.append(scalars[place])
                place += 1
            }
        }
        guard place < scalars.count else { throw failure("a string does not end") }
        append(.string(String(text)))
        advance(to: place + 1)
    }

    private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
        "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{c}", "n": "\n", "r": "\r", "t": "\t",
        "v": "\u{b}",
    ]

    /// Python's escapes; a backslash before anything else stands for itself.
    private func escape(at place: inout Int, into text: inout String.UnicodeScalarView) throws(TemplateError) {
        guard place + 1 < scalars.count else { throw failure("a string does not end") }
        let escaped = scalars[place + 1]
        place += 2
        if let meaning = Self.escapes[escaped] { return text.append(meaning) }
        switch escaped {
        case "\n": return
        case "0"..."7":
            place -= 1
            try appendScalar(at: &place, radix: 8, atMost: 3, atLeast: 1, into: &text)
        case "x": try appendScalar(at: &place, radix: 16, atMost: 2, atLeast: 2, into: &text)
        case "u": try appendScalar(at: &place, radix: 16, atMost: 4, atLeast: 4, into: &text)
        case "U": try appendScalar(at: &place, radix: 16, atMost: 8, atLeast: 8, into: &text)
        case "N": throw failure("characters cannot be called by their names")
        default:
            text.append("\\")
            text.append(escaped)
        }
    }

    private func appendScalar(
        at place: inout Int, radix: UInt32, atMost: Int, atLeast: Int, into text: inout String.UnicodeScalarView
    ) throws(TemplateError) {
        var value: UInt32 = 0
        var count = 0
        while count < atMost, place < scalars.count, let digit = Character(scalars[place]).hexDigitValue,
            digit < radix
        {
            value = value << (radix == 8 ? 3 : 4) | UInt32(digit)
            place += 1
            count += 1
        }
        guard count >= atLeast, let scalar = Unicode.Scalar(value) else {
            throw failure("an escape in a string that is no character")
        }
        text.append(scalar)
    }
}
