public import JSON

/// The span of time that a run works on. Its beginning is the run's logical date.
///
/// As Airflow has it: the run that starts at a time of its schedule works on what lies between the time before and that
/// one; so what is daily at midnight works on the day that has just ended.
public struct DataInterval: Hashable, Sendable {
    public let start: Timestamp
    public let end: Timestamp

    public init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }

    /// What the environment of a run tells of it.
    public var environment: [String: String] {
        [
            "SLUICE_LOGICAL_DATE": start.shortText, "SLUICE_DATA_INTERVAL_START": start.shortText,
            "SLUICE_DATA_INTERVAL_END": end.shortText,
        ]
    }

    /// The parameters that tell of it, of those that a deployment has by its schema: `logical_date`,
    /// `data_interval_start` and `data_interval_end`. One whose format is `date` is told the day.
    ///
    /// - Parameter zone: whose days those are.
    public func parameters(of schema: JSONValue?, in zone: TimeZoneRules) -> JSONObject {
        var parameters = JSONObject()
        let moments = [("logical_date", start), ("data_interval_start", start), ("data_interval_end", end)]
        for (name, moment) in moments {
            guard let property = schema?["properties"]?[name] else { continue }
            let isDay = property["format"]?.stringValue == "date"
            parameters[name] = .string(isDay ? moment.day(in: zone) : moment.shortText)
        }
        return parameters
    }
}

extension Timestamp {
    /// RFC 3339 without a fraction that says nothing: `2026-01-01T00:00:00Z`.
    public var shortText: String {
        microseconds.isMultiple(of: 1_000_000) ? "\(description.dropLast(8))Z" : description
    }

    /// `2026-01-01`, as calendars show it there.
    func day(in zone: TimeZoneRules) -> String {
        String(Timestamp(microseconds: microseconds + zone.offset(at: self) * 1_000_000).description.prefix(10))
    }
}

extension Schedule {
    /// The last moment before `time` at which it fires; nothing if there is none in fifty years.
    public func lastFire(before time: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        var span: Duration = .seconds(60)
        while span < .seconds(50 * 366 * 86_400) {
            var last: Timestamp?
            for fire in fires(after: time - span, until: time - .microseconds(1), in: zone) { last = fire }
            if let last { return last }
            span *= 8
        }
        return nil
    }

    /// The span that the run of that time works on.
    public func interval(endingAt fire: Timestamp, in zone: TimeZoneRules) -> DataInterval {
        DataInterval(start: lastFire(before: fire, in: zone) ?? fire, end: fire)
    }
}
