public import Domain

extension Orchestrator {
    /// How many times of a schedule somebody may look at.
    public static let mostPreviewed = 1000

    /// The next times of a schedule, whether it belongs to a deployment or to nobody yet.
    ///
    /// - Parameter start: nothing for now.
    /// - Throws: `OrchestrationError.invalid` for an unknown zone, or for too many.
    public func preview(_ schedule: Schedule, after start: Timestamp?, count: Int) throws -> [PreviewedFire] {
        guard (1...Self.mostPreviewed).contains(count) else {
            throw OrchestrationError.invalid("count is from 1 to \(Self.mostPreviewed), not \(count)")
        }
        guard let zone = surroundings.timeZones.zone(named: schedule.zoneName) else {
            throw OrchestrationError.unknownZone(schedule.zoneName)
        }
        return schedule.anchored(at: now).preview(after: start ?? now, count: count, in: zone)
    }
}

extension OrchestrationError {
    /// The host has no zone of that name.
    static func unknownZone(_ name: String?) -> OrchestrationError {
        .invalid(
            "Invalid timezone: \"\(name ?? "")\" (specify in IANA tzdata format, for example, America/New_York)")
    }
}
