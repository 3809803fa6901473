/// The times of a schedule that passed before anybody made their runs: those that get one late, as its policy says.
public struct CatchUp: Hashable, Sendable {
    /// Those that get a run, in order.
    public private(set) var fires: [Timestamp] = []
    /// How many do not.
    public private(set) var skipped = 0
    public private(set) var firstSkipped: Timestamp?
    public private(set) var lastSkipped: Timestamp?
    /// The last that was looked at.
    public private(set) var end: Timestamp
    /// Whether these are all.
    public private(set) var isComplete = true

    /// How many times are looked at in one go.
    private static let longest = 100_000

    /// - Parameters:
    ///   - start: the last time that a run was made for. What is more than a hundred days old is not made up.
    ///   - most: how many runs are wanted in one go.
    ///   - zone: that of its schedule.
    public init(
        _ schedule: DeploymentSchedule, after start: Timestamp, at now: Timestamp, most: Int, in zone: TimeZoneRules
    ) {
        end = max(start, now - ExpansionLimits.longest)
        guard schedule.missed != nil else { return }
        var seen = 0
        for fire in schedule.schedule.fires(after: end, until: now, in: zone) where schedule.due(for: fire) <= now {
            guard fires.count < most, seen < Self.longest else {
                isComplete = false
                return
            }
            seen += 1
            end = fire
            if schedule.reasonToSkip(fire, at: now, in: zone) == nil {
                fires.append(fire)
            } else {
                skipped += 1
                firstSkipped = firstSkipped ?? fire
                lastSkipped = fire
            }
        }
    }
}
