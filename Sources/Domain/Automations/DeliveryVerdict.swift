/// What an answer of somebody else's server says of the message that it answers.
public enum DeliveryVerdict: Sendable, Hashable {
    case delivered
    /// Not now, but it is worth sending again.
    ///
    /// - Parameter notBefore: how long whoever answered wants to be left alone.
    case postponed(notBefore: Duration?)
    /// It would be answered the same however often it is sent.
    case refused

    /// Statuses beside the server's own errors that speak of the moment, not of the message: a timeout, too early, too many.
    private static let passing: Set = [408, 425, 429]
    /// Errors of a server that it will still have later: it does not know the method, or the version of HTTP.
    private static let lasting: Set = [501, 505]

    /// - Parameters:
    ///   - status: of HTTP.
    ///   - retryAfter: the header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. What is neither is passed over.
    public init(status: Int, retryAfter: String?, at now: Timestamp) {
        switch status {
        case 200..<300: self = .delivered
        case 500... where !Self.lasting.contains(status): self = .postponed(notBefore: Self.span(retryAfter, now))
        case _ where Self.passing.contains(status): self = .postponed(notBefore: Self.span(retryAfter, now))
        default: self = .refused
        }
    }

    private static func span(_ retryAfter: String?, _ now: Timestamp) -> Duration? {
        guard let retryAfter else { return nil }
        if let seconds = Int64(retryAfter), seconds >= 0 { return .seconds(min(seconds, 1 << 32)) }
        return Timestamp(httpDate: retryAfter).map { max($0 - now, .zero) }
    }
}

/// When a message that has not got through is sent again.
public struct DeliveryPolicy: Sendable, Hashable {
    /// How often, and at which distances.
    public var retries: RetryPolicy
    /// The longest time that whoever answers may ask to be left alone; who asks for more is asked again then.
    public var longestWish: Duration

    public init(retries: RetryPolicy, longestWish: Duration) {
        self.retries = retries
        self.longestWish = longestWish
    }

    /// Eight retries in the course of two and a half hours: 5 s, 15 s, 45 s … an hour apart.
    public static let standard = DeliveryPolicy(
        retries: RetryPolicy(
            limit: 8, delay: .seconds(5), backoff: .exponential, factor: 3, maximumDelay: .seconds(3600), jitter: 0.2),
        longestWish: .seconds(86_400))

    /// How long to wait after a try that did not get through; nothing when it was the last.
    ///
    /// - Parameters:
    ///   - tries: how many there have been, this one among them.
    ///   - wish: how long whoever answered wants to be left alone.
    ///   - chance: a random number from -1 to 1.
    public func wait(afterTries tries: Int, wish: Duration?, chance: Double) -> Duration? {
        guard tries <= retries.limit else { return nil }
        return max(retries.delay(beforeRetry: tries, chance: chance), min(wish ?? .zero, longestWish))
    }
}
