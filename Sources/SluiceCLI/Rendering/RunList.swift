import APIClient
import Domain

/// Runs as a table.
struct RunList {
    let runs: [RunResource]
    let now: Timestamp

    func lines(width: Int, style: Style) -> [String] {
        let full = table(ids: runs.map(\.id), hasAgents: true)
        guard full.narrowest > width else { return full.lines(width: width, style: style) }
        // A whole id is never ambiguous; where there is no room for it, what tells these apart must do.
        return table(ids: runs.map(\.id).shortened(), hasAgents: false).lines(width: width, style: style)
    }

    private func table(ids: [String], hasAgents: Bool) -> Table {
        let agentColumns = hasAgents ? [Table.Column("AGENT", narrowest: 5)] : []
        var table = Table(
            [
                Table.Column("RUN"), Table.Column("NAME", narrowest: 8), Table.Column("DEPLOYMENT", narrowest: 10),
                Table.Column("STATE", narrowest: 9),
            ] + agentColumns + [Table.Column("WHEN", narrowest: 8), Table.Column("TOOK", isRight: true)])
        for (run, id) in zip(runs, ids) {
            let times = RunTimes(run, now: now)
            let state = Table.Cell(run.state?.name ?? "", run.state.map { Style.ink(of: $0.type) })
            table.add(
                [Table.Cell(id), Table.Cell(run.name), Table.Cell(run.path), state]
                    + (hasAgents ? [Table.Cell(run.agentName ?? "")] : [])
                    + [Table.Cell(times.when), Table.Cell(times.took)])
        }
        return table
    }
}
