public import JSON

extension Trigger: JSONEncodable {
    /// Prefect's `EventTrigger`, `CompoundTrigger` or `SequenceTrigger`.
    public var json: JSONValue {
        switch self {
        case .event(let trigger): trigger.json
        case .composite(let trigger): trigger.json
        }
    }
}

extension EventTrigger {
    fileprivate var json: JSONValue {
        [
            "type": "event", "id": id.json, "match": match.json,
            "match_related": listsRelated ? matchRelated.json : matchRelated.first?.json ?? [:],
            "after": after.sorted().json, "expect": expect.sorted().json, "for_each": forEach.sorted().json,
            "posture": .string(posture.rawValue), "threshold": threshold.json, "within": within.inSeconds.json,
        ]
    }
}

extension CompositeTrigger {
    fileprivate var json: JSONValue {
        var members: JSONObject = [
            "type": .string(kind.rawValue), "id": id.json, "triggers": triggers.json,
            "within": (within?.inSeconds).json,
        ]
        guard kind == .compound else { return .object(members) }
        switch require {
        case .any: members["require"] = "any"
        case .all: members["require"] = "all"
        case .count(let count): members["require"] = count.json
        }
        return .object(members)
    }
}

/// Reads triggers as clients write them, or as they were stored.
public struct TriggerReader {
    /// Triggers in triggers in triggers: nobody nests deeper.
    static let deepest = 10
    /// Triggers of one automation.
    static let most = 200

    /// Given to a trigger that has none of its own.
    private let newID: () -> ID<Trigger>
    private var count = 0

    /// - Parameter newID: for triggers without an id.
    public init(newID: @escaping () -> ID<Trigger>) { self.newID = newID }

    /// - Throws: `JSONReadingError` in the form of Prefect's server.
    public mutating func read(_ reader: JSONReader) throws(JSONReadingError) -> Trigger { try read(reader, depth: 0) }

    private mutating func read(_ reader: JSONReader, depth: Int) throws(JSONReadingError) -> Trigger {
        count += 1
        guard depth <= Self.deepest, count <= Self.most else {
            throw reader.valueError(
                "an automation has at most \(Self.most) triggers, \(Self.deepest) deep in one another")
        }
        let type: String = try reader.optional("type") ?? (reader.has("triggers") ? "compound" : "event")
        let id: ID<Trigger> = try reader.optional("id") ?? newID()
        if type == "event" { return .event(try event(reader, id)) }
        guard let kind = CompositeTrigger.Kind(rawValue: type) else {
            throw try reader.required("type").error(
                "literal_error", "Input should be 'event', 'compound' or 'sequence'")
        }
        var triggers: [Trigger] = []
        for member in try reader.required("triggers").array { triggers.append(try read(member, depth: depth + 1)) }
        return .composite(
            CompositeTrigger(
                id: id, kind: kind, triggers: triggers, within: try reader.optional("within")?.timeSpan,
                require: kind == .compound ? try requirement(reader, of: triggers.count) : .all))
    }

    private func event(_ reader: JSONReader, _ id: ID<Trigger>) throws(JSONReadingError) -> EventTrigger {
        var trigger = EventTrigger(id: id, posture: try reader.required("posture"))
        trigger.match = try reader.optional("match") ?? ResourceSpecification()
        if let related = try reader.optional("match_related") {
            trigger.listsRelated = related.value.arrayValue != nil
            let specifications =
                trigger.listsRelated
                ? try [ResourceSpecification](reading: related) : [try ResourceSpecification(reading: related)]
            trigger.matchRelated = trigger.listsRelated ? specifications : specifications.filter { !$0.isEmpty }
        }
        trigger.after = Set(try reader.optional("after", as: [String].self) ?? [])
        trigger.expect = Set(try reader.optional("expect", as: [String].self) ?? [])
        trigger.forEach = Set(try reader.optional("for_each", as: [String].self) ?? [])
        trigger.threshold = try reader.optional("threshold") ?? 1
        trigger.within = try within(reader, trigger.posture)
        return trigger
    }

    private func within(
        _ reader: JSONReader, _ posture: EventTrigger.Posture
    ) throws(JSONReadingError) -> Duration {
        guard reader.has("within") else { return posture == .proactive ? EventTrigger.shortestAbsence : .zero }
        let member = try reader.required("within")
        guard !member.isNull else { throw reader.valueError("`within` should be a valid timedelta") }
        let within = try member.timeSpan
        guard posture == .proactive else { return within }
        guard within == .zero || within >= EventTrigger.shortestAbsence else {
            throw reader.valueError("`within` for Proactive triggers must be greater than or equal to 10 seconds")
        }
        return max(within, EventTrigger.shortestAbsence)
    }

    private func requirement(
        _ reader: JSONReader, of count: Int
    ) throws(JSONReadingError) -> CompositeTrigger.Requirement {
        let member = try reader.required("require")
        if member.value == "any" { return .any }
        if member.value == "all" { return .all }
        guard case .integer = member.value else {
            throw member.error("literal_error", "Input should be 'any', 'all' or a valid integer")
        }
        let wanted = try member.int
        guard wanted >= 1 else { throw reader.valueError("require must be at least 1") }
        guard wanted <= count else {
            throw reader.valueError("require must be less than or equal to the number of triggers")
        }
        return .count(wanted)
    }
}

extension EventTrigger.Posture: JSONReadable {}

extension JSONReader {
    /// A hundred years: more is a slip.
    private static let longestSpan = 100 * 366 * 86_400.0

    /// A time span as a number of seconds.
    var timeSpan: Duration {
        get throws(JSONReadingError) {
            let seconds = try double
            guard seconds >= 0 else {
                throw error("greater_than_equal", "Input should be greater than or equal to 0 seconds")
            }
            guard seconds <= Self.longestSpan else {
                throw error("less_than_equal", "Input should be less than or equal to \(Int(Self.longestSpan)) seconds")
            }
            return .microseconds(Int64((seconds * 1e6).rounded()))
        }
    }
}
