/// A table of texts that fits a width: columns that may shrink give way, the widest first.
struct Table {
    struct Column {
        let title: String
        /// The least that it may be cut to; nothing for a column that is never cut.
        var narrowest: Int?
        var isRight = false

        init(_ title: String, narrowest: Int? = nil, isRight: Bool = false) {
            self.title = title
            self.narrowest = narrowest
            self.isRight = isRight
        }
    }

    struct Cell: ExpressibleByStringInterpolation {
        let text: String
        let ink: Style.Ink?

        init(_ text: String, _ ink: Style.Ink? = nil) {
            self.text = TerminalText.line(text)
            self.ink = ink
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    let columns: [Column]
    private(set) var rows: [[Cell]] = []

    init(_ columns: [Column]) { self.columns = columns }

    mutating func add(_ row: [Cell]) { rows.append(row) }

    /// How wide it is when every column that may shrink has done so.
    var narrowest: Int {
        let widths = columns.indices.map { min(widest($0), columns[$0].narrowest ?? .max) }
        return widths.reduce(0, +) + Self.gap.count * max(0, columns.count - 1)
    }

    /// The lines, titles first, without blanks at their ends.
    func lines(width: Int, style: Style) -> [String] {
        let widths = widths(within: width)
        let titles = columns.map { Cell($0.title, .bold) }
        return ([titles] + rows).map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let text = TerminalText.fitted(cell.text, to: widths[index])
                let gap = String(repeating: " ", count: max(0, widths[index] - TerminalText.width(text)))
                let isLast = index == row.count - 1
                let styled = style(cell.ink, text)
                line += columns[index].isRight ? gap + styled : isLast ? styled : styled + gap
                if !isLast { line += Self.gap }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    private static let gap = "  "

    private func widest(_ column: Int) -> Int {
        rows.reduce(TerminalText.width(columns[column].title)) { max($0, TerminalText.width($1[column].text)) }
    }

    private func widths(within total: Int) -> [Int] {
        var widths = columns.indices.map(widest)
        var excess = widths.reduce(0, +) + Self.gap.count * max(0, columns.count - 1) - total
        while excess > 0 {
            let shrinkable = widths.indices.filter { widths[$0] > (columns[$0].narrowest ?? .max) }
            guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}
