/// A time of a schedule, and what changes of the clocks have to do with it.
public struct PreviewedFire: Hashable, Sendable {
    /// What becomes of a time that clocks leave out or show twice.
    public enum Fate: String, Sendable, CaseIterable {
        /// Clocks show it once.
        case ordinary
        /// Clocks leave out the time that it is set to: it fires as much later.
        case shifted
        /// Clocks leave out the time that it is set to: it does not fire.
        case leftOut = "left_out"
        /// Clocks show it for the second time: it fires again.
        case repeated
        /// Clocks show it for the second time: it does not fire again.
        case notRepeated = "not_repeated"
    }

    public let time: Timestamp
    /// What the zone's clocks show then, less UTC, in seconds.
    public let offset: Int64
    public let fate: Fate
    /// By how many seconds clocks have been set since the time before in the list: forward, or back if negative.
    public let clockChange: Int64

    /// Whether a run is due.
    public var fires: Bool { fate != .leftOut && fate != .notRepeated }

    /// `2026-03-29T03:30:00`, as the zone's clocks show it.
    public var local: String {
        String(Timestamp(microseconds: time.microseconds + offset * 1_000_000).shortText.dropLast())
    }
}

extension Schedule {
    /// Its next times, with those among them that changes of the clocks keep from firing.
    ///
    /// - Parameters:
    ///   - count: how many that fire.
    ///   - zone: the zone of its name.
    public func preview(after start: Timestamp, count: Int, in zone: TimeZoneRules) -> [PreviewedFire] {
        let wanted = fires(after: start, limit: count, in: zone)
        guard let end = wanted.last else { return [] }
        func times(_ leftOut: DaylightSaving.LeftOut, _ repeated: DaylightSaving.Repeated) -> [Timestamp] {
            var other = self
            other.daylightSaving = DaylightSaving(leftOut: leftOut, repeated: repeated)
            return Array(other.fires(after: start, until: end, in: zone))
        }
        let (actual, unshifted, once) = (Set(wanted), Set(times(.skip, .both)), Set(times(.shift, .first)))
        var offset = zone.offset(at: start)
        return times(.shift, .both).map { time in
            let before = offset
            offset = zone.offset(at: time)
            let fate: PreviewedFire.Fate =
                if !unshifted.contains(time) {
                    actual.contains(time) ? .shifted : .leftOut
                } else if !once.contains(time) {
                    actual.contains(time) ? .repeated : .notRepeated
                } else {
                    .ordinary
                }
            return PreviewedFire(time: time, offset: offset, fate: fate, clockChange: offset - before)
        }
    }
}
