public import JSON

/// `{"late": seconds, "duration": seconds, "missing": seconds or {"by": "07:00", "timezone": …, "days": …}}`, each left
/// out where nothing is expected.
extension ServiceLevel: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        var object = JSONObject()
        if let late { object["late"] = late.inSeconds.json }
        if let duration { object["duration"] = duration.inSeconds.json }
        switch missing {
        case nil: break
        case .longerThan(let span): object["missing"] = Bound.span(span).json
        case .by(let time): object["missing"] = Bound.time(time).json
        }
        return .object(object)
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init()
        try reader.forbidExtraKeys(besides: ["late", "duration", "missing"])
        if let late = try reader.optional("late") { self.late = try late.levelSpan }
        if let duration = try reader.optional("duration") { self.duration = try duration.levelSpan }
        guard let missing = try reader.optional("missing") else { return }
        switch try Bound(reading: missing) {
        case .span(let span): self.missing = .longerThan(span)
        case .time(let time): self.missing = .by(time)
        }
    }
}

/// A number of seconds, or `{"by": "07:00", "timezone": …, "days": …}`.
extension ServiceLevel.Bound: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        switch self {
        case .span(let span): return span.inSeconds.json
        case .time(let time):
            var object: JSONObject = ["by": .string(time.time)]
            if let zone = time.zoneName { object["timezone"] = .string(zone) }
            if let days = time.days { object["days"] = .string(days) }
            return .object(object)
        }
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        guard reader.value.objectValue != nil else {
            self = .span(try reader.levelSpan)
            return
        }
        try reader.forbidExtraKeys(besides: ["by", "timezone", "days"])
        let by = try reader.required("by")
        let text = try by.string
        let zone: String? = try reader.optional("timezone")
        let days: String? = try reader.optional("days")
        do {
            self = .time(try DailyTime(text, zoneName: zone, days: days))
        } catch {
            throw by.valueError("\(error)")
        }
    }
}

/// One that was noticed.
extension LevelBreach: JSONEncodable {
    public var json: JSONValue {
        [
            "id": id.json, "deployment_id": deploymentID.json, "flow_run_id": runID.json, "flow_run_name": runName.json,
            "sla": .string(kind.rawValue), "limit": bound.json, "since": since.json, "told": told.json,
        ]
    }
}

extension ServiceLevel.Bound: CustomStringConvertible {
    /// As people read it: `1h`, `07:00 Europe/Berlin, mon-fri`.
    public var description: String {
        switch self {
        case .span(let span): return DurationText.describe(span)
        case .time(let time):
            let days = time.days.map { ", \($0)" } ?? ""
            return "\(time.time) \(time.zoneName ?? "UTC")\(days)"
        }
    }
}

extension JSONReader {
    /// A time in seconds, long enough to be expected of anything.
    fileprivate var levelSpan: Duration {
        get throws(JSONReadingError) {
            let span = try seconds
            guard span >= ServiceLevel.shortest else {
                throw valueError("what is expected takes \(DurationText.describe(ServiceLevel.shortest)) or more")
            }
            return span
        }
    }
}
