/// The runs that a schedule is to have ahead of it, and when to look again.
public struct Expansion: Hashable, Sendable {
    /// The times of the schedule, in order; some of their runs may have been made before.
    public let fires: [Timestamp]
    /// When there will be too few of them.
    public let nextDue: Timestamp
}

/// How far ahead runs are made. The numbers that clients see are those of Prefect's server.
public enum ExpansionLimits {
    /// A schedule has at least so many runs ahead, if it fires so often within `longest`,
    public static let fewest = 3
    /// and all those of so long a time;
    public static let shortest: Duration = .seconds(3600)
    /// but never more than so many,
    public static let most = 100
    /// nor any that is further off.
    public static let longest: Duration = .seconds(100 * 86_400)

    /// So much earlier than need be may runs be made. It keeps schedules that fire together from being looked at together,
    /// which would be when their runs are to start.
    static let spread: Duration = .seconds(1800)
    /// How soon after one look the next may come.
    static let pause: Duration = .seconds(5)
    /// How long after a fire a schedule is looked at again that may have no more runs ahead: what fires at that moment goes
    /// first.
    public static let courtesy: Duration = .seconds(1)
    /// The same for the last of the schedules that fire together.
    public static let longestCourtesy: Duration = .seconds(9)
    /// How soon a schedule is looked at again that has not enough fires within `longest`.
    static let recheck: Duration = .seconds(86_400)
}

extension DeploymentSchedule {
    /// The runs that it should have ahead of it now.
    ///
    /// - Parameter zone: that of its schedule.
    public func expansion(at now: Timestamp, in zone: TimeZoneRules) -> Expansion {
        let limit = min(maxScheduledRuns ?? ExpansionLimits.most, ExpansionLimits.most)
        // What is enough now is enough until then.
        let settled = now + ExpansionLimits.spread
        var fires: [Timestamp] = []
        var later = 0
        // What its jitter puts off is still to come.
        let end = now + ExpansionLimits.longest
        for fire in schedule.fires(after: now - jitter, until: end, in: zone) where due(for: fire) > now {
            guard fires.count < limit else { break }
            fires.append(fire)
            if fire > settled { later += 1 }
            if later >= ExpansionLimits.fewest, fire >= settled + ExpansionLimits.shortest {
                let due = min(fires[fires.count - ExpansionLimits.fewest], fire - ExpansionLimits.shortest)
                return Expansion(fires: fires, nextDue: due - earliness)
            }
        }
        let isFull = fires.count == limit
        let due =
            isFull ? soon(after: fires[limit / 2], until: end, in: zone) : now + ExpansionLimits.recheck - earliness
        return Expansion(fires: fires, nextDue: max(due, now + ExpansionLimits.pause))
    }

    /// A while after a fire, and well before the next one.
    private func soon(after fire: Timestamp, until end: Timestamp, in zone: TimeZoneRules) -> Timestamp {
        let courtesy = ExpansionLimits.courtesy + share(of: ExpansionLimits.longestCourtesy - ExpansionLimits.courtesy)
        guard let next = schedule.fires(after: fire, until: end, in: zone).first(where: { _ in true }) else {
            return fire + courtesy
        }
        return fire + min(courtesy, .microseconds((next - fire).wholeMicroseconds / 2))
    }

    /// Less than `spread`, and the same for the same schedule always.
    private var earliness: Duration { share(of: ExpansionLimits.spread) }

    /// A part of a span, less than all of it: that of other schedules is another.
    private func share(of span: Duration) -> Duration {
        .microseconds(span.wholeMicroseconds * Int64(id.low & 0xFFFF) / 0x10000)
    }
}
