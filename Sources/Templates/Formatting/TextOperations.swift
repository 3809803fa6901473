// What Python's `str` can do, by code points.
extension String {
    /// With `&`, `<`, `>` and quotes written as HTML's entities.
    var escapedForHTML: String {
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "'": escaped += "&#39;"
            case "\"": escaped += "&#34;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Without the characters at its ends that are in `characters`, or that are white space.
    func stripped(of characters: String? = nil, left: Bool = true, right: Bool = true) -> String {
        let unwanted = characters.map { Set($0.unicodeScalars) }
        func isUnwanted(_ scalar: Unicode.Scalar) -> Bool { unwanted?.contains(scalar) ?? scalar.isSpace }
        var rest = scalars[...]
        if left { rest = rest.drop(while: isUnwanted) }
        while right, let last = rest.last, isUnwanted(last) { rest.removeLast() }
        return String(rest)
    }

    var linesOfText: [String] {
        var lines: [String] = []
        var line: [Unicode.Scalar] = []
        var previous: Unicode.Scalar = " "
        let ends: Set<Unicode.Scalar> = [
            "\n", "\r", "\u{b}", "\u{c}", "\u{1c}", "\u{1d}", "\u{1e}", "\u{85}", "\u{2028}", "\u{2029}",
        ]
        for scalar in unicodeScalars {
            if scalar == "\n", previous == "\r" {
                // The second half of a line end.
            } else if ends.contains(scalar) {
                lines.append(String(line))
                line = []
            } else {
                line.append(scalar)
            }
            previous = scalar
        }
        return line.isEmpty ? lines : lines + [String(line)]
    }

    /// The words between white space.
    func words(atMostSplits limit: Int = .max) -> [String] {
        var words: [String] = []
        var rest = scalars[...]
        while true {
            rest = rest.drop(while: \.isSpace)
            if rest.isEmpty { return words }
            if words.count == limit { return words + [String(rest)] }
            let word = rest.prefix { !$0.isSpace }
            words.append(String(word))
            rest = rest.dropFirst(word.count)
        }
    }

    func parts(between separator: String, atMostSplits limit: Int = .max) -> [String] {
        let (text, separator) = (scalars, separator.scalars)
        var parts: [String] = []
        var start = 0
        while parts.count < limit, let place = text.place(of: separator, from: start) {
            parts.append(String(text[start..<place]))
            start = place + separator.count
        }
        return parts + [String(text[start...])]
    }

    /// With the first `limit` occurrences of `old` replaced; an empty one occurs before and after each code point.
    func replacing(_ old: String, by new: String, atMost limit: Int) -> String {
        guard !old.isEmpty else {
            var replaced = ""
            var count = 0
            for scalar in unicodeScalars {
                if count < limit { replaced += new }
                count += 1
                replaced.unicodeScalars.append(scalar)
            }
            return count < limit ? replaced + new : replaced
        }
        return parts(between: old, atMostSplits: limit).joined(separator: new)
    }

    /// The first code point in upper case, the others in lower case.
    var capitalizedOnce: String {
        guard let first = unicodeScalars.first else { return "" }
        return first.properties.titlecaseMapping + String(unicodeScalars.dropFirst()).lowercased()
    }

    /// Each run of letters capitalized.
    var titlecased: String {
        var title = ""
        var isInWord = false
        for scalar in unicodeScalars {
            title += isInWord ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
            isInWord = scalar.properties.isCased
        }
        return title
    }

    var reversedText: String { String(unicodeScalars.reversed()) }

    /// Percent-encoded but for ASCII letters, digits, `_.-~` and what is in `safe`.
    func percentEncoded(safe: String = "/") -> String {
        var encoded = ""
        for byte in utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII,
                scalar.isWordPart || ".-~".unicodeScalars.contains(scalar)
                    || safe.unicodeScalars.contains(scalar)
            {
                encoded.unicodeScalars.append(scalar)
            } else {
                encoded += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}

extension Evaluation {
    /// The text with so many code points before and after it.
    mutating func padded(
        _ text: String, left: Int, right: Int, with fill: Unicode.Scalar = " "
    ) throws(TemplateError) -> String {
        try spend(text.utf8.count)
        if left > 0 { try spend(left) }
        if right > 0 { try spend(right) }
        let filled = { (count: Int) in String(repeatElement(fill, count: max(0, count))) }
        return filled(left) + text + filled(right)
    }

    /// In the middle of `width` code points. An odd one goes where Python's `str.center` puts it.
    mutating func centered(
        _ text: String, in width: Int, with fill: Unicode.Scalar = " "
    ) throws(TemplateError) -> String {
        let length = text.unicodeScalars.count
        guard width > length else { return text }
        let margin = width - length
        let left = margin / 2 + (margin & width & 1)
        return try padded(text, left: left, right: margin - left, with: fill)
    }
}
