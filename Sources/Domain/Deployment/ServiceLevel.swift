/// What a deployment's runs are expected to keep to. What breaks it is noted, and told as an event.
public struct ServiceLevel: Sendable, Hashable {
    /// What may be broken.
    public enum Kind: String, Sendable, CaseIterable {
        /// A run begins too late.
        case late
        /// A run executes for too long.
        case duration
        /// No run has completed in time.
        case missing
    }

    /// How long there may be without a completed run.
    public enum Absence: Sendable, Hashable {
        /// Never longer than that.
        case longerThan(Duration)
        /// From one of these times of day to the next there must be one.
        case by(DailyTime)
    }

    /// What has been exceeded.
    public enum Bound: Sendable, Hashable {
        case span(Duration)
        case time(DailyTime)
    }

    /// The shortest time that may be said of anything: what happens not is looked for every ten seconds.
    public static let shortest: Duration = .seconds(10)

    /// How long after it is marked late a run has to begin.
    public var late: Duration?
    /// How long a run may execute, from its first start to its end.
    public var duration: Duration?
    public var missing: Absence?

    public init(late: Duration? = nil, duration: Duration? = nil, missing: Absence? = nil) {
        self.late = late
        self.duration = duration
        self.missing = missing
    }
}

/// A time of day by the clocks of a zone, every day or on some days of the week.
public struct DailyTime: Sendable, Hashable {
    /// `HH:MM`.
    public let time: String
    /// A name of the IANA database; nothing for UTC.
    public let zoneName: String?
    /// As the fifth column of a cron expression: `mon-fri`; nothing for every day.
    public let days: String?
    /// The moments that it means: once a day, also on days on which clocks change.
    public let schedule: Schedule

    /// - Throws: `InvalidSchedule`, which says what is wrong with the time or the days.
    public init(_ time: String, zoneName: String? = nil, days: String? = nil) throws(InvalidSchedule) {
        let parts = time.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Self.number(parts[0]),
            let minute = Self.number(parts[1]), hour < 24, minute < 60
        else { throw InvalidSchedule("it is a time of day from 00:00 to 23:59, such as 07:00") }
        if let days, days.isEmpty || days.contains(where: \.isWhitespace) {
            throw InvalidSchedule("its days are days of the week as in cron, such as mon-fri")
        }
        self.time = time
        self.zoneName = zoneName
        self.days = days
        let cron = try CronExpression("\(minute) \(hour) * * \(days ?? "*")")
        schedule = Schedule(
            .cron(cron), zoneName: zoneName, daylightSaving: DaylightSaving(leftOut: .shift, repeated: .first))
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
    }
}

/// A level of service that was not kept.
public struct LevelBreach: Sendable, Hashable {
    public let id: ID<LevelBreach>
    public let deploymentID: ID<Deployment>
    /// Nothing where a run is what is missing.
    public let runID: ID<FlowRun>?
    public let runName: String?
    public let kind: ServiceLevel.Kind
    public let bound: ServiceLevel.Bound
    /// Since when.
    public let since: Timestamp
    /// When it was noticed.
    public let told: Timestamp

    public init(
        id: ID<LevelBreach>, deploymentID: ID<Deployment>, runID: ID<FlowRun>? = nil, runName: String? = nil,
        kind: ServiceLevel.Kind, bound: ServiceLevel.Bound, since: Timestamp, told: Timestamp
    ) {
        self.id = id
        self.deploymentID = deploymentID
        self.runID = runID
        self.runName = runName
        self.kind = kind
        self.bound = bound
        self.since = since
        self.told = told
    }
}
