/// How often runs may start: so many in a period, one after the other, or some of them at once.
///
/// Written `10/m` (ten in a minute, one every six seconds), `100/h`, `5/30s`, or `10/m burst 3`.
public struct RateLimit: Sendable, Hashable {
    /// How many runs may start in a period.
    public let starts: Int
    public let period: Duration
    /// How many may start at once after a pause. In no period start more than `starts + burst - 1`.
    public let burst: Int

    /// The range of either number, and the shortest and the longest period.
    public static let (numbers, periods) = (1...1_000_000, Duration.seconds(1)...Duration.seconds(86_400))

    /// Nothing for what is out of range.
    public init?(starts: Int, period: Duration, burst: Int = 1) {
        guard Self.numbers.contains(starts), Self.numbers.contains(burst), Self.periods.contains(period) else {
            return nil
        }
        self.starts = starts
        self.period = period
        self.burst = burst
    }
}

extension RateLimit: LosslessStringConvertible {
    /// Nothing for what says no rate.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 1 || (words.count == 3 && words[1] == "burst") else { return nil }
        let parts = words[0].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let starts = Int(parts[0]), let period = Self.period(parts[1]) else { return nil }
        guard let burst = words.count == 3 ? Int(words[2]) : 1 else { return nil }
        self.init(starts: starts, period: period, burst: burst)
    }

    /// `m`, `30s`, `h`.
    private static func period(_ text: Substring) -> Duration? {
        switch text {
        case "s", "second": .seconds(1)
        case "m", "min", "minute": .seconds(60)
        case "h", "hour": .seconds(3600)
        case "d", "day": .seconds(86_400)
        default: text.first?.isNumber == true ? DurationText.parse(text) : nil
        }
    }

    public var description: String {
        let unit: String
        switch period {
        case .seconds(1): unit = "s"
        case .seconds(60): unit = "m"
        case .seconds(3600): unit = "h"
        case .seconds(86_400): unit = "d"
        default:
            let (seconds, rest) = period.wholeMicroseconds.quotientAndRemainder(dividingBy: 1_000_000)
            unit = rest == 0 ? "\(seconds)s" : "\(period.wholeMicroseconds / 1000)ms"
        }
        return "\(starts)/\(unit)" + (burst == 1 ? "" : " burst \(burst)")
    }
}

/// What is left of a rate at a time: a bucket of starts that fills at that rate. Whole numbers throughout: nothing is
/// rounded away, however often it is asked.
public struct RateBucket: Sendable, Hashable {
    /// One start is as many units as its limit's period has microseconds; in a microsecond come as many as the limit has
    /// starts.
    public private(set) var units: Int64
    /// When it held them.
    public private(set) var time: Timestamp

    public init(units: Int64, time: Timestamp) {
        self.units = units
        self.time = time
    }

    /// Nothing has started yet.
    public static func full(_ limit: RateLimit, at now: Timestamp) -> RateBucket {
        RateBucket(units: limit.capacity, time: now)
    }

    /// Everything has just been used up.
    public static func empty(at now: Timestamp) -> RateBucket { RateBucket(units: 0, time: now) }

    /// How many runs may start now. A clock that was set back brings nothing, and costs nothing.
    public mutating func free(under limit: RateLimit, at now: Timestamp) -> Int {
        let elapsed = max(0, (now - time).wholeMicroseconds)
        let (gained, overflow) = elapsed.multipliedReportingOverflow(by: Int64(limit.starts))
        let (sum, overflowsToo) = units.addingReportingOverflow(gained)
        units = overflow || overflowsToo ? limit.capacity : min(sum, limit.capacity)
        time = now
        return Int(max(0, units) / limit.unit)
    }

    /// That many start; no more than are free.
    public mutating func take(_ starts: Int, under limit: RateLimit) { units -= Int64(starts) * limit.unit }

    /// When the next may start, if none may when it was last asked.
    public func next(under limit: RateLimit) -> Timestamp {
        let missing = max(0, limit.unit - units)
        return time + .microseconds((missing + Int64(limit.starts) - 1) / Int64(limit.starts))
    }
}

extension RateLimit {
    fileprivate var unit: Int64 { period.wholeMicroseconds }
    fileprivate var capacity: Int64 { Int64(burst) * unit }
}
