import Domain
import JSON
import Orchestration

/// Runs that are wanted for times that have passed.
struct BackfillBody: JSONReadable, Sendable {
    let request: BackfillRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = BackfillRequest(from: try Self.date("from", reader), to: try Self.date("to", reader))
        request.every = try Self.every(reader)
        request.zoneName = try reader.optional("timezone")
        request.schedule = try reader.optional("schedule")
        request.isReverse = try reader.optional("reverse") ?? false
        request.maximumConcurrent = try Self.maximumConcurrent(reader)
        request.rerun = try Self.rerun(reader)
        request.name = try reader.optional("name")
        request.template.parameters = try reader.optional("parameters") ?? [:]
        request.template.tags = try reader.optional("tags") ?? []
        request.template.priority = try reader.optional("priority")
        request.isRehearsal = try reader.optional("dry_run") ?? false
        self.request = request
    }

    private static func date(_ key: String, _ reader: JSONReader) throws(JSONReadingError) -> DayOrMoment {
        let member = try reader.required(key)
        guard let date = DayOrMoment(try member.string) else {
            throw member.error("datetime_from_date_parsing", "Input should be a day, or a datetime by RFC 3339")
        }
        return date
    }

    private static func every(_ reader: JSONReader) throws(JSONReadingError) -> Duration? {
        guard let member = try reader.optional("every") else { return nil }
        let seconds = try member.double
        guard seconds > 0 else { throw member.error("greater_than", "Input should be greater than 0") }
        // What is too long is refused later.
        return .microseconds(Int64((min(seconds, 1e12) * 1e6).rounded()))
    }

    private static func maximumConcurrent(_ reader: JSONReader) throws(JSONReadingError) -> Int? {
        guard let member = try reader.optional("max_concurrent") else { return nil }
        let most = try member.int
        guard most > 0 else { throw member.error("greater_than", "Input should be greater than 0") }
        return most
    }

    private static func rerun(_ reader: JSONReader) throws(JSONReadingError) -> Rerun {
        guard let member = try reader.optional("rerun") else { return .failed }
        guard let rerun = Rerun(rawValue: try member.string) else {
            let words = Rerun.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            throw member.error("enum", "Input should be one of \(words)")
        }
        return rerun
    }
}
