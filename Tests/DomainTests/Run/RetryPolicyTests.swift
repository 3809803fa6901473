import Domain
import Testing

@Suite struct RetryPolicyTests {
    @Test func delaysGrowAsTheBackoffSays() {
        var policy = RetryPolicy(limit: 9, delay: .seconds(2))
        #expect((1...3).map { policy.delay(beforeRetry: $0, chance: 0) } == [.seconds(2), .seconds(2), .seconds(2)])
        policy.backoff = .linear
        #expect((1...3).map { policy.delay(beforeRetry: $0, chance: 0) } == [.seconds(2), .seconds(4), .seconds(6)])
        policy.backoff = .exponential
        policy.factor = 3
        #expect((1...3).map { policy.delay(beforeRetry: $0, chance: 0) } == [.seconds(2), .seconds(6), .seconds(18)])
    }

    @Test(arguments: RetryPolicy.Backoff.allCases, [0.0, 0.1, 1.0])
    func delaysStayInBounds(backoff: RetryPolicy.Backoff, jitter: Double) {
        let limit = Duration.seconds(60)
        let policy = RetryPolicy(
            limit: 1000, delay: .seconds(1), backoff: backoff, factor: 10, maximumDelay: limit, jitter: jitter)
        for retry in [0, 1, 2, 5, 100, 100_000, .max] {
            for chance in [-1.0, -0.3, 0, 0.9, 1, 77] {
                let delay = policy.delay(beforeRetry: retry, chance: chance)
                #expect(delay >= .zero && delay <= limit)
            }
        }
    }
}
