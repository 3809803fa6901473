/// Lines on a terminal that are drawn anew in their place.
struct Canvas {
    let console: Console
    private var height = 0

    init(console: Console) { self.console = console }

    /// Replaces what was drawn before. What the window has no room for is left out: it could not be drawn over.
    mutating func draw(_ lines: [String]) throws {
        let room = max(1, console.output.height() - 1)
        var shown = lines
        if lines.count > room {
            shown = lines.prefix(room - 1) + ["… and \(HumanAmount.of(lines.count - room + 1, "line")) more"]
        }
        let back = height == 0 ? "" : "\u{1B}[\(height)A\r\u{1B}[J"
        height = shown.count
        try console.writeOutput(Array((back + shown.map { $0 + "\n" }.joined()).utf8))
    }
}
