import Domain
import Storage

/// The concurrency limits that keep back a run that executes: it, or one of its task runs, waits for slots.
struct SlotInquiry {
    let run: ID<FlowRun>
    let store: Store
    let desk: LimitDesk
    /// On the clock that leases are counted by.
    let now: Timestamp

    func reasons() throws -> [Explanation.Reason] {
        var reasons: [Explanation.Reason] = []
        for (holder, slots, ticket) in desk.withLine({ $0.signed }) {
            guard let who = try name(of: holder) else { continue }
            for id in ticket.limits {
                guard let limit = try store.limit(id) else { continue }
                reasons.append(try reason(who, waitsFor: slots, of: limit, ticket))
            }
        }
        return reasons.sorted { $0.message < $1.message }
    }

    /// The run, or its task run; nothing for somebody else.
    private func name(of holder: LimitHolder) throws -> String? {
        switch holder.kind {
        case .flowRun: return holder.id == run.cast() ? "it" : nil
        case .taskRun:
            guard let task = try store.taskRun(holder.id.cast()), task.flowRunID == run else { return nil }
            return "its task run \(task.name)"
        case .deployment: return nil
        }
    }

    private func reason(
        _ who: String, waitsFor slots: Int, of limit: ConcurrencyLimit, _ ticket: WaitingLine.Ticket
    ) throws -> Explanation.Reason {
        let taken = Int(try store.taken(of: limit, at: now).rounded(.up))
        let ahead = desk.withLine { $0.ahead(of: ticket.number, in: limit.id, at: now) }
        let holders = try store.holds(of: limit.id, at: now).filter { $0.slots > 0 }.compactMap(\.holder)
        let held =
            holders.isEmpty
            ? "" : ", held by \(try holders.prefix(5).map { try store.name(of: $0) }.joined(separator: ", "))"
        let others = ahead > 0 ? "; others before it wait for \(ahead)" : ""
        return Explanation.Reason(
            code: "limit_full",
            message: "\(who) waits for \(Self.count(slots)) of the concurrency limit \(limit.name): "
                + "\(taken) of \(limit.slots) are taken\(held)\(others)",
            remedy: "wait for one of them, or raise the limit")
    }

    private static func count(_ slots: Int) -> String { slots == 1 ? "a slot" : "\(slots) slots" }
}

extension Store {
    /// A holder of slots, as people know it.
    func name(of holder: LimitHolder) throws -> String {
        let name: String?
        switch holder.kind {
        case .flowRun: name = try run(holder.id.cast())?.name
        case .taskRun: name = try taskRun(holder.id.cast())?.name
        case .deployment: name = try deployment(holder.id.cast())?.name
        }
        return name.map { "\($0) (\(holder.id))" } ?? holder.id.description
    }
}
