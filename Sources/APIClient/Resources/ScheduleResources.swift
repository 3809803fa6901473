public import Domain
public import JSON

/// A schedule of a deployment.
public struct ScheduleResource: APIResource {
    public let json: JSONValue
    public let id: String
    /// By which those who deploy it know it.
    public let slug: String?
    public let isActive: Bool
    public let schedule: Schedule
    public let parameters: JSONObject
    public let missed: MissedRuns?
    public let overlap: String

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        slug = try reader.text("slug")
        isActive = try reader.required("active").bool
        var schedule: Schedule = try reader.required("schedule")
        schedule.daylightSaving = try reader.optional("daylight_saving") ?? DaylightSaving()
        self.schedule = schedule
        parameters = try reader.optional("parameters") ?? [:]
        missed = try reader.optional("missed")
        overlap = try reader.text("overlap") ?? Overlap.allow.rawValue
    }

    /// What people call it: its slug, or its id.
    public var name: String { slug ?? id }
}

/// A time of a schedule.
public struct FireResource: APIResource {
    public let json: JSONValue
    public let time: Timestamp
    /// As the clocks of the schedule's zone show it.
    public let local: String
    /// What they show, less UTC, in seconds.
    public let offset: Int
    public let fate: PreviewedFire.Fate
    /// By how many seconds clocks have been set since the time before.
    public let clockChange: Int

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        time = try reader.required("time")
        local = try reader.required("local").string
        offset = try reader.required("utc_offset").int
        let fate = try reader.required("fate")
        guard let known = PreviewedFire.Fate(rawValue: try fate.string) else {
            throw fate.error("enum", "Input should be what becomes of a time")
        }
        self.fate = known
        clockChange = try reader.required("clock_change").int
    }
}
