import Domain
import TestSupport
import Testing

@Suite struct RateLimitTests {
    @Test(arguments: [
        ("10/m", 10, 60_000, 1, "10/m"), ("100/h", 100, 3_600_000, 1, "100/h"), ("5/30s", 5, 30_000, 1, "5/30s"),
        ("1/second", 1, 1000, 1, "1/s"), ("7/day burst 3", 7, 86_400_000, 3, "7/d burst 3"),
        ("3/1.5s", 3, 1500, 1, "3/1500ms"), ("2/60", 2, 60_000, 1, "2/m"),
    ])
    func `A rate is read, and written so that it is read again`(
        _ text: String, _ starts: Int, _ milliseconds: Int, _ burst: Int, _ canonical: String
    ) throws {
        let limit = try #require(RateLimit(text))
        #expect(limit == RateLimit(starts: starts, period: .milliseconds(milliseconds), burst: burst))
        #expect(limit.description == canonical)
        #expect(RateLimit(canonical) == limit)
    }

    @Test(arguments: [
        "", "10", "10/", "/m", "10/x", "0/m", "-1/m", "1.5/m", "10/m burst", "10/m burst 0", "10/m 3", "10/500ms",
        "10/2d", "1000001/m", "10/m/s", "10/0s", "9999999999999999999999/m",
    ])
    func `What is no rate is refused`(_ text: String) { #expect(RateLimit(text) == nil) }

    @Test(arguments: 1...40)
    func `In no period start more than the limit says, and none is withheld that may start`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let period = Duration.milliseconds(Int.random(in: 1000...90_000, using: &random))
        let limit = try #require(
            RateLimit(
                starts: Int.random(in: 1...50, using: &random), period: period,
                burst: Int.random(in: 1...9, using: &random)))
        var now = Timestamp(microseconds: 1_700_000_000_000_000)
        let beginning = now
        var bucket = RateBucket.full(limit, at: now)
        var starts: [Timestamp] = []
        for _ in 0..<400 {
            let free = bucket.free(under: limit, at: now)
            let taken = Bool.random(using: &random) ? free : Int.random(in: 0...free, using: &random)
            bucket.take(taken, under: limit)
            starts += Array(repeating: now, count: taken)
            if bucket.free(under: limit, at: now) == 0, Bool.random(using: &random) {
                let next = bucket.next(under: limit)
                var before = bucket
                #expect(before.free(under: limit, at: next - .microseconds(1)) == 0, "not a microsecond too early")
                now = next
                #expect(bucket.free(under: limit, at: now) >= 1, "what is told is true")
            } else {
                now = now + .microseconds(Int64.random(in: 0...5_000_000, using: &random))
            }
        }
        for (index, first) in starts.enumerated() {
            let within = starts[index...].prefix { $0 - first < period }.count
            #expect(within <= limit.starts + limit.burst - 1)
        }
        let elapsed = (now - beginning).wholeMicroseconds
        let most = limit.burst + Int(elapsed * Int64(limit.starts) / period.wholeMicroseconds)
        #expect(starts.count <= most, "nothing is made up by rounding")
    }

    @Test func `Nothing is rounded away however often it is asked`() throws {
        let limit = try #require(RateLimit("7/h burst 2"))
        var now = Timestamp(microseconds: 0)
        var bucket = RateBucket.full(limit, at: now)
        var starts = 0
        // An hour by the microsecond would take long: by the millisecond, of which an interval holds no whole number.
        for _ in 0..<3_600_000 {
            let free = bucket.free(under: limit, at: now)
            bucket.take(free, under: limit)
            starts += free
            now = now + .milliseconds(1)
        }
        #expect(starts == 2 + 6)
        #expect(bucket.free(under: limit, at: now) == 1, "the hour is over")
    }

    @Test func `A clock that is set back neither gives nor takes`() throws {
        let limit = try #require(RateLimit("1/s"))
        let now = Timestamp(microseconds: 1_000_000_000)
        var bucket = RateBucket.full(limit, at: now)
        bucket.take(1, under: limit)
        #expect(bucket.free(under: limit, at: now - .seconds(3600)) == 0)
        #expect(bucket.free(under: limit, at: now - .seconds(3599)) == 1)
        var old = RateBucket.full(limit, at: Timestamp(microseconds: .min / 2))
        #expect(old.free(under: limit, at: Timestamp(microseconds: .max / 2)) == 1, "no overflow")
    }
}
