/// A YAML text in which some characters stand in for others, so that the parser sees what it would otherwise trip over
/// or multiply. The stand-ins are private-use characters that the text does not have; what was parsed is restored.
struct YAMLText {
    private(set) var scalars: [Unicode.Scalar]
    private var originals: [Unicode.Scalar: Unicode.Scalar] = [:]
    private var unused: [Unicode.Scalar]
    /// Stands for every `*`, so that the parser does not see aliases, whose expansion has no bound.
    let star: Unicode.Scalar

    /// - Returns: nil if the text leaves no private-use characters to stand in.
    init?(_ text: String, standIns: Int) {
        let used = Set(text.unicodeScalars)
        unused = (0xE000...0xF8FF).lazy.compactMap(Unicode.Scalar.init).filter { !used.contains($0) }.prefix(standIns)
            .reversed()
        guard let star = unused.popLast() else { return nil }
        self.star = star
        scalars = text.unicodeScalars.map { $0 == "*" ? star : $0 }
        originals[star] = "*"
    }

    var masked: String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// A piece of the parsed text as it was written.
    func restored(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { originals[$0] != nil }) else { return text }
        var restored = String.UnicodeScalarView()
        restored.append(contentsOf: text.unicodeScalars.map { originals[$0] ?? $0 })
        return String(restored)
    }

    /// Makes the key at a place differ from every other, and whoever parses next, find the next that is the same.
    ///
    /// - Returns: false if the key does not stand there in so many letters.
    mutating func disguise(key: String, at place: DocumentPlace) -> Bool {
        guard var position = index(of: place), position < scalars.count, let first = key.unicodeScalars.first else {
            return false
        }
        if scalars[position] == "\"" || scalars[position] == "'" { position += 1 }
        guard position < scalars.count, scalars[position] == first, let standIn = unused.popLast() else { return false }
        originals[standIn] = originals[first] ?? first
        scalars[position] = standIn
        return true
    }

    /// The characters of a line, for a look at what stands around a place.
    func line(_ number: Int) -> ArraySlice<Unicode.Scalar> {
        guard let start = index(of: DocumentPlace(line: number, column: 1)) else { return [] }
        return scalars[start...].prefix { !Self.endsLine($0) }
    }

    private func index(of place: DocumentPlace) -> Int? {
        var line = 1
        var start = 0
        while line < place.line {
            guard let end = scalars[start...].firstIndex(where: Self.endsLine) else { return nil }
            let isPair = scalars[end] == "\r" && end + 1 < scalars.count && scalars[end + 1] == "\n"
            start = end + (isPair ? 2 : 1)
            line += 1
        }
        return start + place.column - 1
    }

    /// As YAML 1.1 has it.
    private static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r" || scalar == "\u{85}" || scalar == "\u{2028}" || scalar == "\u{2029}"
    }
}
