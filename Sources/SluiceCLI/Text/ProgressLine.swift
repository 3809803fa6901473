import APIClient
import Domain

/// A batch's progress in one line.
struct ProgressLine {
    let progress: BatchProgress
    /// Since this progress has been watched, and how many runs had ended by then.
    let elapsed: Duration
    let endedBefore: Int

    /// `[█████░░░░░]  7/12  58%  2 running  3 waiting  1 failed  12.3/s  4s left`
    func text(width: Int, style: Style) -> String {
        let facts = facts(style: style)
        let plain = self.facts(style: Style(isOn: false)).joined(separator: "  ")
        let room = width - TerminalText.width(plain) - 5
        let bar = room >= 10 ? "[\(bar(width: min(room, 40), style: style))]  " : ""
        guard room < 0 else { return bar + facts.joined(separator: "  ") }
        return TerminalText.fitted(plain, to: width - 1)
    }

    /// The same without a bar, for a log or a pipe.
    var plain: String { facts(style: Style(isOn: false)).joined(separator: "  ") }

    private func bar(width: Int, style: Style) -> String {
        let share = progress.size == 0 ? 1 : Double(progress.endedCount) / Double(progress.size)
        let filled = min(width, Int((share * Double(width)).rounded(.down)))
        let ink: Style.Ink = count(.failed) + count(.crashed) > 0 ? .red : .green
        return style(ink, String(repeating: "█", count: filled))
            + style(.dim, String(repeating: "░", count: width - filled))
    }

    private func facts(style: Style) -> [String] {
        let ended = progress.endedCount
        let percent = progress.size == 0 ? 100 : ended * 100 / progress.size
        var facts = ["\(HumanAmount.count(ended))/\(HumanAmount.count(progress.size))", "\(percent)%"]
        let waiting = count(.scheduled) + count(.pending) + count(.paused)
        for (number, word, ink) in [
            (count(.running) + count(.cancelling), "running", Style.Ink.blue), (waiting, "waiting", .yellow),
            (count(.failed), "failed", .red), (count(.crashed), "crashed", .red),
            (count(.cancelled), "cancelled", .magenta),
        ] where number > 0 {
            facts.append(style(ink, "\(HumanAmount.count(number)) \(word)"))
        }
        return facts + speed
    }

    private func count(_ type: StateType) -> Int { progress.runs[type] ?? 0 }

    private var speed: [String] {
        let seconds = elapsed.inSeconds
        let done = progress.endedCount - endedBefore
        guard seconds >= 1, done > 0 else { return [] }
        let rate = Double(done) / seconds
        let tenths = Int((rate * 10).rounded())
        let text = rate >= 100 ? HumanAmount.count(Int(rate.rounded())) : "\(tenths / 10).\(tenths % 10)"
        let left = progress.size - progress.endedCount
        guard left > 0 else { return ["\(text)/s"] }
        return ["\(text)/s", "\(DurationText.describe(.seconds(Int64((Double(left) / rate).rounded(.up))))) left"]
    }
}
