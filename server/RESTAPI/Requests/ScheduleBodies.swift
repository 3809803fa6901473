import Domain
import JSON
import Orchestration

/// A schedule as clients want it, or what of one is changed: what is absent or null stays as it is.
struct ScheduleBody: JSONReadable, Sendable {
    let request: ScheduleRequest

    /// How many runs a schedule may be told to be ahead by, as Prefect's server has it.
    private static let mostRuns = 50

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = ScheduleRequest()
        request.schedule = try reader.optional("schedule")
        request.isActive = try reader.optional("active")
        request.maxScheduledRuns = try Self.maxScheduledRuns(reader)
        request.parameters = try reader.optional("parameters")
        request.slug = try reader.optional("slug")
        request.replaces = try reader.optional("replaces")
        request.daylightSaving = try reader.optional("daylight_saving")
        if reader.has("missed") { request.missed = .some(try reader.optional("missed")) }
        request.overlap = try Self.overlap(reader)
        request.jitter = try Self.jitter(reader)
        request.keepsActive = reader.has("active") && request.isActive == nil
        self.request = request
    }

    private static func overlap(_ reader: JSONReader) throws(JSONReadingError) -> Overlap? {
        guard let member = try reader.optional("overlap") else { return nil }
        guard let overlap = Overlap(rawValue: try member.string) else {
            let words = Overlap.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            throw member.error("enum", "Input should be one of \(words)")
        }
        return overlap
    }

    /// Seconds.
    private static func jitter(_ reader: JSONReader) throws(JSONReadingError) -> Duration? {
        guard let member = try reader.optional("jitter") else { return nil }
        let seconds = try member.double
        guard seconds >= 0 else {
            throw member.error("greater_than_equal", "Input should be greater than or equal to 0")
        }
        let most = DeploymentSchedule.longestJitter
        guard seconds <= most.inSeconds else {
            throw member.error("less_than_equal", "Input should be less than or equal to \(Int(most.inSeconds))")
        }
        return .microseconds(Int64((seconds * 1e6).rounded()))
    }

    private static func maxScheduledRuns(_ reader: JSONReader) throws(JSONReadingError) -> Int? {
        guard let member = try reader.optional("max_scheduled_runs") else { return nil }
        let runs = try member.int
        guard runs > 0 else { throw member.error("greater_than", "Input should be greater than 0") }
        guard runs <= mostRuns else {
            throw member.valueError("`max_scheduled_runs` must be less than or equal to \(mostRuns).")
        }
        return runs
    }
}

/// A schedule that is to be made, and so cannot be without one.
struct AddedScheduleBody: JSONReadable, Sendable {
    let request: ScheduleRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        _ = try reader.required("schedule", as: Schedule.self)
        request = try ScheduleBody(reading: reader).request
    }
}

/// What a deployment's body says of schedules. Clients of Prefect 2 may know of one only, and say of it whether it is
/// active where others say whether the deployment is paused.
enum DeploymentSchedules {
    static func isPaused(_ reader: JSONReader) throws(JSONReadingError) -> Bool? {
        if let isPaused: Bool = try reader.optional("paused") { return isPaused }
        let isActive: Bool? = try reader.optional("is_schedule_active")
        return isActive.map { !$0 }
    }

    /// All that a deployment is to have.
    static func all(_ reader: JSONReader) throws(JSONReadingError) -> [ScheduleRequest] {
        let bodies: [AddedScheduleBody] = try reader.optional("schedules") ?? []
        if !bodies.isEmpty { return bodies.map(\.request) }
        var request = ScheduleRequest()
        request.schedule = try reader.optional("schedule")
        request.isActive = try reader.optional("is_schedule_active")
        return request.schedule == nil ? [] : [request]
    }

    /// How those that it has are changed.
    static func edit(_ reader: JSONReader) throws(JSONReadingError) -> ScheduleEdit {
        if let bodies: [ScheduleBody] = try reader.optional("schedules") { return .merge(bodies.map(\.request)) }
        guard reader.has("schedule") || reader.has("is_schedule_active") else { return .none }
        let schedule: Schedule? = try reader.optional("schedule")
        return .only(
            schedule: reader.has("schedule") ? .some(schedule) : .none,
            isActive: try reader.optional("is_schedule_active"))
    }
}

/// Which runs of a deployment's schedules are wanted now.
struct ScheduledRunsBody: JSONReadable, Sendable {
    let request: ScheduledRunsRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = ScheduledRunsRequest()
        request.start = try reader.optional("start_time")
        request.end = try reader.optional("end_time")
        let seconds = try reader.optional("min_time")?.double
        request.minimumTime = seconds.map { .microseconds(Int64(min(max($0, 0), 1e9) * 1e6)) }
        request.minimumRuns = try reader.optional("min_runs")
        request.maximumRuns = try reader.optional("max_runs")
        self.request = request
    }
}

/// A schedule whose next times are to be shown.
struct SchedulePreviewBody: JSONReadable, Sendable {
    let schedule: Schedule
    let start: Timestamp?
    let count: Int

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var schedule: Schedule = try reader.required("schedule")
        schedule.daylightSaving = try reader.optional("daylight_saving") ?? DaylightSaving()
        self.schedule = schedule
        start = try reader.optional("start")
        count = try reader.optional("count") ?? 10
    }
}
