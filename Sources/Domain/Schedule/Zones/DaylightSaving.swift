public import JSON

/// What becomes of a fire whose time of day a clock change leaves out or repeats.
public struct DaylightSaving: Hashable, Sendable {
    /// A time that clocks leave out when they are set forward.
    public enum LeftOut: String, Sendable, CaseIterable {
        /// It does not fire.
        case skip
        /// It fires as long after the change as the time is after the gap's beginning: 02:30 becomes 03:30.
        case shift
    }

    /// A time that clocks show twice when they are set back.
    public enum Repeated: String, Sendable, CaseIterable {
        /// It fires the first time.
        case first
        /// It fires both times.
        case both
    }

    public var leftOut: LeftOut
    public var repeated: Repeated

    /// By default a fire is neither lost nor doubled.
    public init(leftOut: LeftOut = .shift, repeated: Repeated = .first) {
        self.leftOut = leftOut
        self.repeated = repeated
    }
}

/// `{"left_out": "skip" or "shift", "repeated": "first" or "both"}`.
extension DaylightSaving: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        ["left_out": .string(leftOut.rawValue), "repeated": .string(repeated.rawValue)]
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        try reader.forbidExtraKeys(besides: ["left_out", "repeated"])
        self.init(
            leftOut: try reader.choice("left_out") ?? .shift, repeated: try reader.choice("repeated") ?? .first)
    }
}

extension JSONReader {
    fileprivate func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String
    ) throws(JSONReadingError) -> Choice? where Choice.RawValue == String {
        guard let member = try optional(key) else { return nil }
        guard let choice = Choice(rawValue: try member.string) else {
            let choices = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: " or ")
            throw member.error("enum", "Input should be \(choices)")
        }
        return choice
    }
}
