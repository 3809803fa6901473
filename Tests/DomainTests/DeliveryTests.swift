import Testing

@testable import Domain

@Suite struct DeliveryVerdictTests {
    private static let now = Timestamp("2026-11-22T00:00:00Z") ?? Timestamp(microseconds: 0)

    @Test(arguments: [
        (200, DeliveryVerdict.delivered), (204, .delivered), (301, .refused), (400, .refused), (404, .refused),
        (408, .postponed(notBefore: nil)), (425, .postponed(notBefore: nil)), (429, .postponed(notBefore: nil)),
        (500, .postponed(notBefore: nil)), (501, .refused), (503, .postponed(notBefore: nil)), (505, .refused),
        (599, .postponed(notBefore: nil)), (100, .refused),
    ])
    func statuses(_ status: Int, _ verdict: DeliveryVerdict) {
        #expect(DeliveryVerdict(status: status, retryAfter: nil, at: Self.now) == verdict)
    }

    @Test(
        arguments: [
            ("0", Duration.zero), ("120", .seconds(120)), ("Sun, 22 Nov 2026 00:01:30 GMT", .seconds(90)),
            ("Sat, 21 Nov 2026 00:00:00 GMT", .zero), ("99999999999999999999", nil), ("-1", nil), ("soon", nil),
            ("", nil),
            ("Sun, 31 Feb 2026 00:00:00 GMT", nil), ("Sun, 22 Nov 2026 24:00:00 GMT", nil),
            ("Sun, 22 Nov 2026 00:01:30 CET", nil), ("Sun, 22 Nov 2026 00:01 GMT", nil),
            ("Sun, 2२ Nov 2026 00:01:30 GMT", nil),
            ("9223372036854775807", .seconds(1 << 32)),
        ] as [(String, Duration?)])
    func wishes(_ text: String, _ wish: Duration?) {
        #expect(DeliveryVerdict(status: 503, retryAfter: text, at: Self.now) == .postponed(notBefore: wish))
        #expect(DeliveryVerdict(status: 404, retryAfter: text, at: Self.now) == .refused)
    }

    @Test func theWaitGrowsAndEnds() {
        let policy = DeliveryPolicy.standard
        let waits = (1...9).map { policy.wait(afterTries: $0, wish: nil, chance: 0)?.inSeconds }
        #expect(waits == [5, 15, 45, 135, 405, 1215, 3600, 3600, nil])
        #expect(policy.wait(afterTries: 1, wish: .seconds(60), chance: 1) == .seconds(60))
        #expect(policy.wait(afterTries: 1, wish: .seconds(1), chance: 1) == .seconds(6))
        #expect(policy.wait(afterTries: 1, wish: .seconds(1 << 32), chance: 0) == .seconds(86_400), "a day at most")
        #expect(policy.wait(afterTries: 9, wish: .seconds(60), chance: 0) == nil)
    }
}
