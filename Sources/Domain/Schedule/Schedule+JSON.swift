public import JSON

/// Prefect's `CronSchedule`, `IntervalSchedule` and `RRuleSchedule`, told apart by their keys. Of daylight saving they
/// say nothing.
extension Schedule: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        switch recurrence {
        case .cron(let cron):
            ["cron": .string(cron.text), "timezone": zoneName.json, "day_or": .bool(cron.dayOr)]
        case .interval(let interval):
            [
                "interval": interval.interval.inSeconds.json, "anchor_date": interval.anchor.json,
                "timezone": zoneName.json,
            ]
        case .rules(let set): ["rrule": .string(set.text), "timezone": zoneName.json]
        }
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        if reader.has("cron") {
            try reader.forbidExtraKeys(besides: ["cron", "timezone", "day_or"])
            let cron = try Self.cron(try reader.required("cron"), dayOr: try reader.optional("day_or") ?? true)
            self.init(.cron(cron), zoneName: try reader.optional("timezone"))
        } else if reader.has("rrule") {
            try reader.forbidExtraKeys(besides: ["rrule", "timezone"])
            let set = try Self.rules(try reader.required("rrule"))
            self.init(.rules(set), zoneName: reader.has("timezone") ? try reader.optional("timezone") : "UTC")
        } else {
            try reader.forbidExtraKeys(besides: ["interval", "anchor_date", "timezone"])
            let interval = try Self.interval(
                try reader.required("interval"), from: try reader.optional("anchor_date"))
            self.init(.interval(interval), zoneName: try reader.optional("timezone") ?? "UTC")
        }
    }

    private static func cron(_ reader: JSONReader, dayOr: Bool) throws(JSONReadingError) -> CronExpression {
        let text = try reader.string
        do {
            return try CronExpression(text, dayOr: dayOr)
        } catch {
            throw reader.valueError("Invalid cron string: \"\(text)\": \(error)")
        }
    }

    private static func rules(_ reader: JSONReader) throws(JSONReadingError) -> RecurrenceSet {
        let text = try reader.string
        do {
            return try RecurrenceSet(text)
        } catch {
            throw reader.valueError("Invalid RRule string \"\(text.prefix(200))\": \(error)")
        }
    }

    private static func interval(
        _ reader: JSONReader, from anchor: Timestamp?
    ) throws(JSONReadingError) -> IntervalRecurrence {
        let seconds = try reader.double
        guard seconds > 0 else { throw reader.error("greater_than", "Input should be greater than 0") }
        do {
            // More than that is refused below.
            let span = Duration.microseconds(Int64((min(seconds, 1e12) * 1e6).rounded(.up)))
            return try IntervalRecurrence(every: span, from: anchor)
        } catch {
            throw reader.valueError("\(error)")
        }
    }
}

extension Schedule {
    /// What Prefect calls its kind.
    public var kind: String {
        switch recurrence {
        case .cron: "CronSchedule"
        case .interval: "IntervalSchedule"
        case .rules: "RRuleSchedule"
        }
    }

    /// The same; an interval that names no anchor is counted from `time`.
    public func anchored(at time: Timestamp) -> Schedule {
        guard case .interval(var interval) = recurrence, interval.anchor == nil else { return self }
        interval.anchor = time
        var schedule = self
        schedule.recurrence = .interval(interval)
        return schedule
    }
}
