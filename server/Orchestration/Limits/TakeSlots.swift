public import Domain
import Storage

/// Slots that somebody wants of several limits: of all of them, or of none.
public struct SlotRequest: Sendable {
    public enum Mode: Sendable {
        case concurrency
        /// Nobody is going to give the slots back: only limits that decay will do.
        case rateLimit
    }

    /// Of limits; those that do not exist hold nobody back.
    public var names: [String]
    /// How many of each.
    public var slots: Int
    public var mode = Mode.concurrency
    /// For how long they are held unless that is renewed; nothing for as long as they are not given back.
    public var lease: Duration?
    public var holder: LimitHolder?

    public init(names: [String], slots: Int = 1) {
        self.names = names
        self.slots = slots
    }
}

/// What became of a request for slots.
public enum SlotAnswer: Sendable {
    /// They are held under this lease. `limits` are those of the names that exist, active or not.
    case granted(lease: ID<SlotHold>, limits: [ConcurrencyLimit])
    /// These limits have no room now; it makes sense to ask again after that time, and not before.
    case full([ConcurrencyLimit], retryAfter: Duration)
}

extension Orchestrator {
    /// Takes slots, if there are free ones in all the limits that are named and active.
    ///
    /// - Throws: `OrchestrationError.invalid` for what could never be granted.
    public func takeSlots(_ request: SlotRequest) async throws -> SlotAnswer {
        // Most tags of task runs have no limit: nothing is to be written for them.
        let isLimited = try await database.read { try !$0.limits(named: request.names).isEmpty }
        guard isLimited else { return .granted(lease: surroundings.newID(), limits: []) }
        return try await change { try $0.takeSlots(request) }
    }
}

extension Change {
    /// The same, as a part of a larger change.
    mutating func takeSlots(_ request: SlotRequest) throws -> SlotAnswer {
        let limits = try store.limits(named: request.names)
        let active = limits.filter(\.isActive)
        try request.check(active)
        let wish = WaitingLine.Wish(names: request.names, slots: request.slots, holder: request.holder)
        let number = limitDesk.withLine { $0.call(wish, at: leaseTime) }
        let occupied = try active.map { ($0, try store.taken(of: $0, at: leaseTime)) }
        let full = occupied.filter { limit, taken in
            let kept = limitDesk.withLine { $0.kept(of: limit.id, before: number, at: leaseTime) }
            return Int(taken.rounded(.up)) + kept + request.slots > limit.slots
        }
        guard full.isEmpty else {
            let wait = sendAway(number, wish, full)
            return .full(full.map(\.0), retryAfter: wait)
        }
        let lease = surroundings.newID(SlotHold.self)
        for limit in limits { try hold(limit, request, lease) }
        return .granted(lease: lease, limits: limits)
    }

    /// Tells a caller when to ask again, and keeps its place in the line.
    private func sendAway(
        _ number: Int, _ wish: WaitingLine.Wish, _ full: [(limit: ConcurrencyLimit, taken: Double)]
    ) -> Duration {
        let chance = Double(surroundings.number(below: 1000)) / 1000
        return limitDesk.withLine { line in
            let waits = full.map { limit, taken in
                let ahead = line.ahead(of: number, in: limit.id, at: leaseTime)
                return limit.wait(for: wish.slots, taken: taken, ahead: ahead, chance: chance)
            }
            let wait = waits.max() ?? .zero
            line.wait(number, wish, for: Set(full.map(\.limit.id)), until: leaseTime + wait)
            return wait
        }
    }

    private func hold(_ limit: ConcurrencyLimit, _ request: SlotRequest, _ lease: ID<SlotHold>) throws {
        // An inactive limit counts nothing, but the lease is to be known.
        guard limit.isActive || request.lease != nil else { return }
        try store.insert(
            try newHold(
                of: limit, limit.isActive ? request.slots : 0, lease: lease, for: request.lease, by: request.holder))
    }

    /// A hold that begins now.
    func newHold(
        of limit: ConcurrencyLimit, _ slots: Int, lease: ID<SlotHold>, for duration: Duration? = nil,
        by holder: LimitHolder? = nil
    ) throws -> SlotHold {
        var hold = SlotHold(
            leaseID: lease, limitID: limit.id, slots: slots, holder: holder, granted: leaseTime,
            leaseDuration: duration, expiry: duration.map { leaseTime + $0 })
        if limit.decays {
            let end = Draining.end(
                of: Double(slots), decay: limit.decay, behind: try store.lastDrained(of: limit.id), at: leaseTime)
            hold.drained = end
            if duration == nil { hold.expiry = end }
        }
        return hold
    }
}

extension SlotRequest {
    /// - Parameter limits: those that count.
    fileprivate func check(_ limits: [ConcurrencyLimit]) throws(OrchestrationError) {
        guard limits.allSatisfy({ slots <= $0.slots }) else {
            throw .invalid("Slots requested is greater than the limit")
        }
        let lasting = limits.filter { !$0.decays }.map(\.name)
        guard mode == .concurrency || lasting.isEmpty else {
            throw .invalid(
                "Only concurrency limits with slot decay can be used for rate limiting. The following limits do not "
                    + "have a decay configured: '\(lasting.joined(separator: ","))'")
        }
    }
}
