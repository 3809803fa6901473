import Wire

/// The last lines of stderr, which say best why a run failed.
struct LastErrors: Sendable {
    static let lineLimit = 20
    static let byteLimit = 2 << 10

    private var lines: [String] = []

    mutating func take(_ line: LogLine) {
        guard line.level == 40 else { return }
        lines.append(line.message)
        if lines.count > 2 * Self.lineLimit { lines.removeFirst(lines.count - Self.lineLimit) }
    }

    /// At most `lineLimit` lines and `byteLimit` bytes of them, from the end; nil if there were none.
    var text: String? {
        let text = lines.suffix(Self.lineLimit).joined(separator: "\n")
        guard !text.isEmpty else { return nil }
        guard text.utf8.count > Self.byteLimit else { return text }
        var end = ""
        for character in text.reversed() {
            guard end.utf8.count + String(character).utf8.count <= Self.byteLimit else { break }
            end.append(character)
        }
        return "…" + String(end.reversed())
    }
}
