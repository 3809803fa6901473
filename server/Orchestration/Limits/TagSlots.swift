import Domain
import Storage

/// Limits on the task runs that bear a tag. A task run holds its slots without a lease, from before it enters RUNNING
/// until it leaves that state: whoever orchestrates it takes and releases them.
///
/// (A client of the 3.x series takes such slots itself, under leases; both kinds are of the same limits.)
public enum TagSlotAnswer: Sendable, Hashable {
    /// The task run holds a slot of each limit on its tags.
    case granted
    /// The limit on this tag is 0: waiting would never end.
    case forbidden(tag: String)
    /// The limit on this tag has no free slot now; it makes sense to ask again after that time.
    case full(tag: String, retryAfter: Duration)

    /// Why a task run may not run, in the words of Prefect's server; nothing if it may.
    public var reason: String? {
        switch self {
        case .granted: nil
        case .forbidden(let tag):
            "The concurrency limit on tag \"\(tag)\" is 0 and will deadlock if the task tries to run again."
        case .full(let tag, _): "Concurrency limit for the \(tag) tag has been reached"
        }
    }
}

extension Change {
    /// Takes a slot of every limit that there is on these tags, for a task run; those that it holds already stay its own.
    /// All or none: what is refused has taken nothing.
    mutating func takeTagSlots(_ tags: [String], for run: ID<TaskRun>) throws -> TagSlotAnswer {
        let holder = LimitHolder(.taskRun, run)
        let held = Set(try store.holds(of: holder, at: leaseTime).filter { $0.slots > 0 }.map(\.limitID))
        let names = tags.map { ConcurrencyLimit.name(ofTag: $0) }
        let limits = try store.limits(named: names).filter { $0.isActive && !held.contains($0.id) }
        if let none = limits.first(where: { $0.slots == 0 }) { return .forbidden(tag: none.tag ?? none.name) }
        guard !limits.isEmpty else { return .granted }
        var request = SlotRequest(names: limits.map(\.name))
        request.holder = holder
        switch try takeSlots(request) {
        case .granted: return .granted
        case .full(let full, let wait):
            return .full(tag: full.first?.tag ?? "", retryAfter: wait)
        }
    }

    /// Gives back all slots that a task run holds, of limits on tags and of others.
    mutating func releaseTagSlots(of run: ID<TaskRun>) throws {
        try releaseSlots(of: LimitHolder(.taskRun, run))
    }
}
