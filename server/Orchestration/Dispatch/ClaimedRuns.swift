import Domain

/// What one transaction has claimed for agents that wait. The leases are on disk; nothing has been sent yet.
public struct ClaimedRuns: Sendable {
    let runs: [Claimed]
    /// Whether there may be more for the same agents: one transaction does not claim without end.
    public let mayGoOn: Bool

    /// Divides the seats: those that were filled, and what is left of the others.
    public func divide(_ seats: [Seat]) -> (filled: [Seat], free: [Seat]) {
        var counts: [ID<Agent>: Int] = [:]
        for run in runs { counts[run.agentID, default: 0] += 1 }
        var (filled, free): ([Seat], [Seat]) = ([], [])
        for seat in seats {
            let count = min(counts[seat.agentID] ?? 0, seat.credit)
            counts[seat.agentID, default: 0] -= count
            if count > 0 { filled.append(seat.with(credit: count)) }
            if count < seat.credit { free.append(seat.with(credit: seat.credit - count)) }
        }
        return (filled, free)
    }
}

extension Seat {
    fileprivate func with(credit: Int) -> Seat {
        Seat(agentID: agentID, session: session, poolID: poolID, queueNames: queueNames, credit: credit)
    }
}
