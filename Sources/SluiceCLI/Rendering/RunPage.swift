import APIClient
import Domain
import JSON

/// All that is known of a run, on one page.
struct RunPage {
    let run: RunResource
    let states: [StateResource]
    let attempts: [AttemptResource]
    let now: Timestamp

    func lines(width: Int, style: Style) -> [String] {
        facts(style) + section("PARAMETERS", parameters, style) + section("ATTEMPTS", attemptTable(width, style), style)
            + section("HISTORY", historyTable(width, style), style)
    }

    private func section(_ title: String, _ lines: [String], _ style: Style) -> [String] {
        lines.isEmpty ? [] : ["", style(.bold, title)] + lines.map { "  \($0)" }
    }

    private func facts(_ style: Style) -> [String] {
        let times = RunTimes(run, now: now)
        var facts: [(String, String)] = [("Run", run.id), ("Name", run.name), ("Deployment", run.path)]
        if let state = run.state {
            let message = state.message.map { ": \(TerminalText.line($0))" } ?? ""
            facts.append(("State", style(Style.ink(of: state.type), state.name) + message))
        }
        facts.append(("Version", run.deploymentVersion.map { String($0) } ?? ""))
        facts.append(("Repeats", run.repeats ?? ""))
        facts.append(("Queue", [run.poolName, run.queueName].compactMap { $0 }.joined(separator: "/")))
        facts.append(("Agent", run.agentName ?? ""))
        facts.append(("Code", attempts.last?.codeRevision ?? ""))
        facts.append(("Priority", run.priority == 0 ? "" : String(run.priority)))
        facts.append(("Tags", run.tags.joined(separator: ", ")))
        facts.append(("Batch", run.batchID ?? ""))
        if let start = run.intervalStart, let end = run.intervalEnd {
            facts.append(("Data of", "\(HumanTime.date(start)) to \(HumanTime.date(end))"))
        }
        facts.append(("Created", date(run.created)))
        facts.append(
            (run.started == nil ? "Due" : "Started", run.started == nil ? date(run.expectedStart) : date(run.started)))
        facts.append(("Ended", date(run.ended)))
        facts.append(("Took", times.took))
        facts += run.breaches.map { ("Beyond SLA", "\($0.kind) \($0.limit), since \(date($0.since))") }
        return facts.filter { !$0.1.isEmpty }.map { name, value in
            style(.dim, name + String(repeating: " ", count: max(1, 12 - name.count))) + value
        }
    }

    private func date(_ time: Timestamp?) -> String {
        time.map { "\(HumanTime.date($0))  (\(HumanTime.relative($0, to: now)))" } ?? ""
    }

    private var parameters: [String] {
        run.parameters.map { "\(TerminalText.line($0.key)) = \($0.value.serialized())" }
    }

    private func attemptTable(_ width: Int, _ style: Style) -> [String] {
        guard !attempts.isEmpty else { return [] }
        var table = Table([
            Table.Column("#", isRight: true), Table.Column("AGENT", narrowest: 6), Table.Column("STARTED"),
            Table.Column("TOOK", isRight: true), Table.Column("CPU", isRight: true),
            Table.Column("MEMORY", isRight: true),
            Table.Column("OUTCOME", narrowest: 12),
        ])
        for attempt in attempts {
            let took = attempt.granted.map { DurationText.describe((attempt.ended ?? now) - $0) } ?? ""
            table.add([
                Table.Cell(String(attempt.attempt)), Table.Cell(attempt.agentName ?? ""),
                Table.Cell(attempt.granted.map { HumanTime.clock($0) } ?? ""), Table.Cell(took),
                Table.Cell(attempt.cpuSeconds.map { DurationText.describe(.milliseconds(Int64($0 * 1000))) } ?? ""),
                Table.Cell(attempt.peakMemoryBytes.map { HumanAmount.bytes($0) } ?? ""),
                Table.Cell(outcome(of: attempt)),
            ])
        }
        return table.lines(width: width - 2, style: style)
    }

    private func outcome(of attempt: AttemptResource) -> String {
        let exit = attempt.exitCode.map { "exit \($0)" } ?? attempt.signal.map { "signal \($0)" }
        let parts = [attempt.outcome ?? (attempt.ended == nil ? "executing" : nil), exit, attempt.message]
        return parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private func historyTable(_ width: Int, _ style: Style) -> [String] {
        guard !states.isEmpty else { return [] }
        var table = Table([
            Table.Column("TIME"), Table.Column("STATE"), Table.Column("LASTED", isRight: true),
            Table.Column("MESSAGE", narrowest: 12),
        ])
        for (index, state) in states.enumerated() {
            let end = index + 1 < states.count ? states[index + 1].timestamp : state.type.isTerminal ? nil : now
            let lasted = state.timestamp.flatMap { start in end.map { DurationText.describe($0 - start) } }
            table.add([
                Table.Cell(state.timestamp.map { HumanTime.clock($0) } ?? ""),
                Table.Cell(state.name, Style.ink(of: state.type)), Table.Cell(lasted ?? ""),
                Table.Cell(state.message ?? ""),
            ])
        }
        return table.lines(width: width - 2, style: style)
    }
}
