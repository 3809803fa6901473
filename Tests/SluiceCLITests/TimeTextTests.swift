import Domain
import Glibc
import Testing

@testable import SluiceCLI

@Suite struct TimeTextTests {
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private func local(_ text: String, _ nearest: TimeText.Nearest = .next) -> String? {
        TimeText.parse(text, now: now, nearest).map { HumanTime.date($0) }
    }

    @Test func `RFC 3339 says its own offset`() {
        #expect(TimeText.parse("2027-01-15T10:00:00+02:00", now: now, .next) == now)
        #expect(TimeText.parse("2027-01-15T08:00:00Z", now: now, .next) == now)
        #expect(TimeText.parse("now", now: now, .next) == now)
    }

    @Test func `Without an offset it is local time`() {
        let today = String(HumanTime.date(now).prefix(10))
        #expect(local("2026-11-21 09:30") == "2026-11-21 09:30:00")
        #expect(local("2026-11-21T09:30:15") == "2026-11-21 09:30:15")
        #expect(local("2026-11-21") == "2026-11-21 00:00:00")
        #expect(local("today 00:00") == "\(today) 00:00:00")
        #expect(local("tomorrow 09:00").map { $0.hasSuffix(" 09:00:00") && $0 > "\(today) 23:59:59" } == true)
        #expect(local("yesterday 23:59").map { $0 < "\(today) 00:00:00" } == true)
    }

    @Test func `A time of day is the next one, or today's`() throws {
        for hour in 0..<24 {
            let text = hour < 10 ? "0\(hour):30" : "\(hour):30"
            let next = try #require(TimeText.parse(text, now: now, .next))
            #expect(next > now && next - now <= .seconds(25 * 3600), "\(text)")
            #expect(local(text, .today)?.hasPrefix(HumanTime.date(now).prefix(10)) == true)
        }
    }

    @Test(arguments: ["", "soon", "25:00", "09:60", "tomorrow 9", "2026-13-01 09:00", "2026-02-30 09:00", "9"])
    func `What is no time is none`(text: String) {
        guard text != "tomorrow" else { return }
        #expect(TimeText.parse(text, now: now, .next) == nil)
    }
}
