public import Domain
public import JSON

/// A schedule as a deployment's document states it.
public struct ScheduleDefinition: Sendable, Hashable {
    /// With its zone, and its rule for changes of clocks.
    public var schedule: Schedule
    /// By which it is known again; nothing for one that is known by being the same.
    public var name: String?
    public var parameters: JSONObject
    /// Nothing for: as somebody has made it, and active at first.
    public var isActive: Bool?
    public var jitter: Duration
    /// Nothing for: what was made ahead starts late, and no other run is made.
    public var missed: MissedRuns?
    public var overlap: Overlap

    /// Where intervals that name no anchor are counted from, so that deploying anew does not move them.
    public static let standardAnchor = Timestamp(microseconds: 1_577_836_800_000_000)  // 2020-01-01T00:00:00Z

    public init(
        schedule: Schedule, name: String? = nil, parameters: JSONObject = [:], isActive: Bool? = nil,
        jitter: Duration = .zero, missed: MissedRuns? = nil, overlap: Overlap = .allow
    ) {
        self.schedule = schedule
        self.name = name
        self.parameters = parameters
        self.isActive = isActive
        self.jitter = jitter
        self.missed = missed
        self.overlap = overlap
    }

    /// What the server is sent.
    public var body: JSONObject {
        [
            "schedule": schedule.json, "slug": name.json, "parameters": .object(parameters), "active": isActive.json,
            "daylight_saving": schedule.daylightSaving.json, "missed": missed.json,
            "overlap": .string(overlap.rawValue), "jitter": jitter.inSeconds.json,
        ]
    }
}
