/// What becomes of a run of a schedule while an earlier one of the same schedule has not ended.
public enum Overlap: String, Sendable, Hashable, CaseIterable {
    /// It starts beside it.
    case allow
    /// It waits for its end.
    case queue
    /// It does not start at all.
    case skip
    /// It takes its place: the earlier one is cancelled, and once it has ended, this one starts.
    case cancelRunning = "cancel-running"
}

/// What is to be done with a run of a schedule whose time has come.
public enum FireVerdict: Sendable, Hashable {
    case start
    /// Until the earlier ones have ended.
    case wait
    /// Not to be started, and why.
    case skip(reason: String)
    /// The earlier ones are to be cancelled; it waits for their end.
    case replace
}

extension DeploymentSchedule {
    /// Whether its runs are judged before they start.
    public var judgesRuns: Bool { missed != nil || overlap != .allow }

    /// What is to be done with its run.
    ///
    /// - Parameters:
    ///   - fire: the time of the schedule that the run is for.
    ///   - waits: whether it was found due before, and waits for earlier ones: then it was not missed.
    ///   - blocker: the name of an earlier run that has not ended.
    ///   - zone: that of its schedule.
    public func verdict(
        on fire: Timestamp, at now: Timestamp, waits: Bool, blocker: String?, in zone: TimeZoneRules
    ) -> FireVerdict {
        if !waits, let reason = reasonToSkip(fire, at: now, in: zone) { return .skip(reason: reason) }
        guard let blocker else { return .start }
        switch overlap {
        case .allow: return .start
        case .queue: return .wait
        case .skip where waits: return .wait
        case .skip: return .skip(reason: "skipped: the run \(blocker) of the same schedule has not ended")
        case .cancelRunning: return .replace
        }
    }

    func reasonToSkip(_ fire: Timestamp, at now: Timestamp, in zone: TimeZoneRules) -> String? {
        missed?.reasonToSkip(due: due(for: fire), at: now) {
            !schedule.fires(after: fire, until: now, in: zone).contains { due(for: $0) <= now }
        }
    }
}
