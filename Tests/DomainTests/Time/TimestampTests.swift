import Domain
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000000Z"), (1_767_225_600_000_000, "2026-01-01T00:00:00.000000Z"),
        (951_782_400_123_456, "2000-02-29T00:00:00.123456Z"), (-1, "1969-12-31T23:59:59.999999Z"),
    ])
    func isWrittenInUTCWithSixDecimals(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test(arguments: [
        ("2026-11-21 02:00:49.398933+00:00", "2026-11-21T02:00:49.398933Z"),
        ("2026-11-21T03:00:49+01:00", "2026-11-21T02:00:49.000000Z"),
        ("2026-11-20T20:30:49.5-05:30", "2026-11-21T02:00:49.500000Z"),
        ("2026-11-21T02:00:49.1234567891Z", "2026-11-21T02:00:49.123456Z"),
        ("2026-11-21", "2026-11-21T00:00:00.000000Z"),
        ("2026-11-21T02:00", "2026-11-21T02:00:00.000000Z"), ("2026-11-21t02:00:49z", "2026-11-21T02:00:49.000000Z"),
    ])
    func readsWhatClientsWrite(text: String, canonical: String) {
        #expect(Timestamp(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "now", "2026-13-01", "2026-02-29", "2026-11-21T24:00:00Z", "2026-11-21T02:61:00Z", "2026-11-21T02:00:49.Z",
        "2026-11-21T02:00:49+1", "2026-11-21X02:00:00", "2026-11-21T02:00:00Z ", "26-11-21", "2026-11-21T",
    ])
    func whatIsNoTimeIsRefused(text: String) { #expect(Timestamp(text) == nil) }

    @Test func everyTimeRoundTrips() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<5000 {
            let time = Timestamp(
                microseconds: Int64.random(in: -62_135_596_800_000_000...253_402_300_799_999_999, using: &generator))
            #expect(Timestamp(time.description) == time)
        }
    }

    @Test(arguments: [
        ("30s", Duration.seconds(30)), ("1h30m", .seconds(5400)), ("250ms", .milliseconds(250)),
        ("2d", .seconds(172_800)),
        ("1.5", .milliseconds(1500)), ("0", .zero),
    ])
    func durationsAreReadAsPeopleWriteThem(text: String, span: Duration) {
        #expect(DurationText.parse(text) == span)
    }

    @Test(arguments: ["", "s", "1x", "-3s", "1h 30m", "1..5s", "10 s", "1e9", "99999999999d", "3s5"])
    func whatIsNoDurationIsRefused(text: String) { #expect(DurationText.parse(text) == nil) }

    /// What comes over the wire may be anything.
    @Test func theFarthestTimesAndSpansNeitherTrapNorWrap() {
        let edges: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
        for first in edges {
            let time = Timestamp(microseconds: first)
            #expect(!time.description.isEmpty)
            for second in edges {
                let span = Duration.microseconds(second)
                #expect((span + .microseconds(first)).wholeMicroseconds == clampedSum(first, second))
                _ = (time + span, time - span, time - Timestamp(microseconds: second))
            }
        }
        #expect(Duration.seconds(Int64.max).wholeMicroseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeMicroseconds == .min)
    }

    private func clampedSum(_ first: Int64, _ second: Int64) -> Int64 {
        let (sum, overflow) = first.addingReportingOverflow(second)
        return overflow ? (first < 0 ? .min : .max) : sum
    }
}
