/// Text that comes from elsewhere, made fit for a terminal.
enum TerminalText {
    /// A piece of one line: control characters, which could move the cursor or worse, become visible.
    static func line(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
    }

    /// A line of a log: colours (`ESC [ … m`) and tabs stay, other control characters become visible.
    static func logLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            let length = colourLength(rest)
            if length > 0 {
                result.append(contentsOf: rest.prefix(length))
                rest = rest.dropFirst(length)
            } else {
                result.append(isControl(scalar) && scalar != "\t" ? "\u{FFFD}" : scalar)
                rest.removeFirst()
            }
        }
        return String(result)
    }

    private static func colourLength(_ text: Substring.UnicodeScalarView) -> Int {
        guard text.starts(with: ["\u{1B}", "["]) else { return 0 }
        let parameters = text.dropFirst(2).prefix { ("0"..."9").contains($0) || $0 == ";" }
        guard parameters.count <= 32, text.dropFirst(2 + parameters.count).first == "m" else { return 0 }
        return parameters.count + 3
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar == "\u{2028}" || scalar == "\u{2029}"
            || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }

    /// How many columns a text takes: two for East Asian wide characters and emoji, none for combining marks.
    static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + width(of: $1) }
    }

    private static func width(of character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if first.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}") { return 2 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE4F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            return 2
        case 0x200B...0x200F, 0x0300...0x036F: return 0
        default: return 1
        }
    }

    /// The text, cut with an ellipsis where it is wider than a column allows.
    static func fitted(_ text: String, to width: Int) -> String {
        guard self.width(text) > width else { return text }
        guard width > 1 else { return width == 1 ? "…" : "" }
        var kept = ""
        var used = 0
        for character in text {
            used += self.width(of: character)
            if used > width - 1 { break }
            kept.append(character)
        }
        return kept + "…"
    }
}
