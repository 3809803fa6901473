import Domain
import Foundation
import TestSupport
import Testing

/// When schedules fire, held against what croniter, dateutil and zoneinfo say of thousands that were made up.
/// `scripts/schedule-cases` makes them, and more: `SLUICE_SCHEDULE_CASES=FILE` names a file of others.
@Suite struct ScheduleComparisonTests {
    private static let file = "Tests/DomainTests/Schedule/cases.txt"

    @Test func firesWhenOthersSayThatItDoes() throws {
        let other = ProcessInfo.processInfo.environment["SLUICE_SCHEDULE_CASES"].map { URL(filePath: $0) }
        let text = try String(contentsOf: other ?? PublicSuite.repository.appending(path: Self.file), encoding: .utf8)
        let cases = try text.split(separator: "\n").map { try ScheduleCase($0) }
        #expect(cases.count >= 1000)
        var misses: [String] = []
        for item in cases {
            let answer = try item.answer()
            if answer != item.expected { misses.append("\(item.line)\n    here: \(answer)") }
        }
        #expect(misses.count == 0, "\(misses.prefix(8).joined(separator: "\n"))")
    }
}

/// A line of the file.
private struct ScheduleCase {
    let line: Substring
    let expected: String
    private let fields: [String]

    init(_ line: Substring) throws {
        self.line = line
        fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        try #require(fields.count == 7)
        expected = fields[6]
    }

    /// The same as `expected`, by our own means.
    func answer() throws -> String {
        guard let recurrence = try? recurrence() else { return "!" }
        let rule = fields[4].split(separator: ",").map(String.init)
        let saving = DaylightSaving(
            leftOut: try #require(DaylightSaving.LeftOut(rawValue: rule[0])),
            repeated: try #require(DaylightSaving.Repeated(rawValue: rule[1])))
        let schedule = Schedule(recurrence, zoneName: fields[3], daylightSaving: saving)
        let after = Timestamp(microseconds: try #require(Int64(fields[5])) * 1_000_000)
        let seconds = schedule.fires(after: after, limit: 6, in: try zone(named: fields[3]))
            .map { $0.microseconds / 1_000_000 }
        return zip(seconds, [0] + seconds).map { "\($0 - $1)" }.joined(separator: " ")
    }

    private func recurrence() throws -> Schedule.Recurrence {
        switch fields[0] {
        case "cron": return .cron(try CronExpression(fields[1], dayOr: fields[2] == "or"))
        case "rules": return .rules(try RecurrenceSet(fields[1]))
        default:
            let anchor = Timestamp(microseconds: try #require(Int64(fields[2])) * 1_000_000)
            let span = Duration.seconds(try #require(Int64(fields[1])))
            return .interval(try IntervalRecurrence(every: span, from: anchor))
        }
    }
}

/// The zone of that name, from the system's data.
func zone(named name: String) throws -> TimeZoneRules {
    let bytes = try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)"))
    return try #require(TimeZoneRules(name: name, tzif: [UInt8](bytes)))
}
