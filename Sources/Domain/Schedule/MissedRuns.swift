public import JSON

/// What becomes of the times of a schedule that passed while nobody was there to start their runs.
public enum MissedRuns: Sendable, Hashable {
    /// Each of them gets its run, late as it is.
    case all
    /// Only the last of them does.
    case latest
    /// None of them does.
    case none
    /// Those do that are no older than this.
    case within(Duration)

    /// How late the server may come to a time before that is missed: shorter stalls are nobody's business.
    public static let tolerance: Duration = .seconds(60)

    /// Why the run of a time is not to start; nothing if it is to.
    ///
    /// - Parameters:
    ///   - due: when it should have started.
    ///   - isLatest: whether no later time of the schedule has come.
    func reasonToSkip(due: Timestamp, at now: Timestamp, isLatest: () -> Bool) -> String? {
        let lateness = now - due
        guard lateness > Self.tolerance else { return nil }
        let missed = "skipped: it was missed by \(DurationText.describe(lateness))"
        switch self {
        case .all: return nil
        case .latest: return isLatest() ? nil : "\(missed), and of those that were missed only the latest starts"
        case .none: return "\(missed), and what was missed does not start"
        case .within(let span):
            guard lateness > span else { return nil }
            return "\(missed), and only what was missed by less than \(DurationText.describe(span)) starts"
        }
    }
}

/// `"all"`, `"latest"`, `"none"` or `{"within": SECONDS}`.
extension MissedRuns: JSONEncodable, JSONReadable {
    /// The policies that a word is enough for.
    public static let words = ["all", "latest", "none"]

    /// The policy of that word.
    public init?(word: String) {
        switch word {
        case "all": self = .all
        case "latest": self = .latest
        case "none": self = .none
        default: return nil
        }
    }

    public var json: JSONValue {
        switch self {
        case .all: "all"
        case .latest: "latest"
        case .none: "none"
        case .within(let span): ["within": span.inSeconds.json]
        }
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        if let word = reader.value.stringValue {
            guard let policy = MissedRuns(word: word) else {
                throw reader.error("enum", "Input should be 'all', 'latest', 'none' or {\"within\": SECONDS}")
            }
            self = policy
            return
        }
        try reader.forbidExtraKeys(besides: ["within"])
        self = .within(try reader.required("within").span)
    }
}

extension JSONReader {
    /// A number of seconds that is not negative, up to a thousand years.
    var span: Duration {
        get throws(JSONReadingError) {
            let seconds = try double
            guard seconds >= 0 else { throw error("greater_than_equal", "Input should be greater than or equal to 0") }
            guard seconds <= 31_557_600_000 else {
                throw error("less_than_equal", "Input should be less than or equal to 31557600000")
            }
            return .microseconds(Int64((seconds * 1e6).rounded()))
        }
    }
}
