/// Slots of one limit that somebody holds. What is occupied of a limit is what its holds come to, and nothing else.
public struct SlotHold: Sendable, Hashable {
    /// What the holder renews and gives back. One lease may have holds of several limits; a hold that nobody can name
    /// has a lease of its own.
    public let leaseID: ID<SlotHold>
    public let limitID: ID<ConcurrencyLimit>
    /// 0 in a limit that was inactive then, or whose slots were set free by hand: the lease goes on.
    public var slots: Int
    public let holder: LimitHolder?
    public let granted: Timestamp
    /// How long a renewal lasts; nothing for a hold that is not renewed.
    public let leaseDuration: Duration?
    /// When it is over unless it is renewed; nothing for one that lasts until it is given back.
    public var expiry: Timestamp?
    /// Of a limit that decays: when the last of its slots has come free by itself.
    public var drained: Timestamp?

    public init(
        leaseID: ID<SlotHold>, limitID: ID<ConcurrencyLimit>, slots: Int, holder: LimitHolder? = nil,
        granted: Timestamp, leaseDuration: Duration? = nil, expiry: Timestamp? = nil, drained: Timestamp? = nil
    ) {
        self.leaseID = leaseID
        self.limitID = limitID
        self.slots = slots
        self.holder = holder
        self.granted = granted
        self.leaseDuration = leaseDuration
        self.expiry = expiry
        self.drained = drained
    }

    /// How many of its slots are still taken, in a limit of that decay: a fraction while one is coming free.
    public func taken(at now: Timestamp, decay: Double) -> Double {
        if let expiry, expiry <= now { return 0 }
        guard let drained else { return Double(slots) }
        guard drained > now else { return 0 }
        return decay > 0 ? min((drained - now).inSeconds * decay, Double(slots)) : Double(slots)
    }
}

/// How taken slots of a limit that decays come free: one hold after the other, in the order in which they were taken,
/// as water runs out of a vessel.
public enum Draining {
    /// Seconds; a hundred years stand for ever.
    private static let longest: Double = 3e9

    /// When `slots` that are taken now will have come free, behind those that `last` waits for.
    public static func end(of slots: Double, decay: Double, behind last: Timestamp?, at now: Timestamp) -> Timestamp {
        max(last ?? now, now) + time(for: slots, decay: decay)
    }

    /// How long that many slots take to come free.
    public static func time(for slots: Double, decay: Double) -> Duration { .seconds(min(slots / decay, longest)) }

    /// The holds of a limit whose decay is changed: what is still taken of each comes free at the new rate, in the same
    /// order. A hold that nobody is to give back has no other end.
    public static func rearranged(
        _ holds: [SlotHold], from old: Double, to new: Double, at now: Timestamp
    ) -> [SlotHold] {
        // Of a limit that has ceased to decay, what was coming free is free when it would have been.
        guard new > 0 else { return holds }
        var last: Timestamp?
        let inOrder = holds.sorted { ($0.drained ?? $0.granted, $0.granted) < ($1.drained ?? $1.granted, $1.granted) }
        return inOrder.map { hold in
            var hold = hold
            let end = end(of: hold.taken(at: now, decay: old), decay: new, behind: last, at: now)
            last = end
            hold.drained = end
            if hold.leaseDuration == nil { hold.expiry = end }
            return hold
        }
    }
}
