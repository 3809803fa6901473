/// A moment: microseconds since the Unix epoch, UTC.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// The moment `microseconds` after the Unix epoch.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Later than everything else.
    public static let distantFuture = Timestamp(microseconds: .max)

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }
    public static func + (time: Self, span: Duration) -> Self {
        let (sum, overflow) = time.microseconds.addingReportingOverflow(span.wholeMicroseconds)
        return overflow ? .distantFuture : Timestamp(microseconds: sum)
    }
    public static func - (time: Self, span: Duration) -> Self { time + (.zero - span) }
    /// The time from `earlier` to `later`; negative when they are the other way round.
    public static func - (later: Self, earlier: Self) -> Duration {
        .microseconds(later.microseconds &- earlier.microseconds)
    }
}

extension Duration {
    /// Whole microseconds, cut towards zero and clamped to what 64 bits hold.
    public var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, overflowsToo) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return overflowsToo ? (seconds < 0 ? .min : .max) : sum
    }

    /// Seconds as a floating-point number, which is how the API writes durations.
    public var inSeconds: Double { Double(wholeMicroseconds) / 1e6 }
}
