/// How often something is tried again, and how long to wait before each time.
public struct RetryPolicy: Sendable, Hashable {
    /// How the delay grows from one retry to the next.
    public enum Backoff: String, Sendable, CaseIterable {
        /// Always `delay`.
        case constant
        /// `delay`, twice `delay`, three times `delay` …
        case linear
        /// `delay`, `delay × factor`, `delay × factor²` …
        case exponential
    }

    /// How many retries there are at most; the first try does not count.
    public var limit: Int
    public var delay: Duration
    public var backoff: Backoff
    /// What an exponential delay is multiplied by each time.
    public var factor: Double
    public var maximumDelay: Duration
    /// The share of the delay by which it is moved at random, up or down; from 0 to 1. It keeps runs that failed
    /// together from returning together.
    public var jitter: Double

    public init(
        limit: Int,
        delay: Duration = .zero,
        backoff: Backoff = .constant,
        factor: Double = 2,
        maximumDelay: Duration = .seconds(3600),
        jitter: Double = 0
    ) {
        self.limit = limit
        self.delay = delay
        self.backoff = backoff
        self.factor = factor
        self.maximumDelay = maximumDelay
        self.jitter = jitter
    }

    /// No retries.
    public static let never = RetryPolicy(limit: 0)

    /// For attempts that crashed, unless a deployment says otherwise: the run was not at fault.
    public static let crashDefault = RetryPolicy(
        limit: 3, delay: .seconds(1), backoff: .exponential, maximumDelay: .seconds(60), jitter: 0.2)

    /// The wait before retry number `retry`.
    ///
    /// - Parameters:
    ///   - retry: counted from 1.
    ///   - chance: a random number from -1 to 1, which the jitter is multiplied by.
    /// - Returns: never negative, and never more than `maximumDelay`.
    public func delay(beforeRetry retry: Int, chance: Double) -> Duration {
        let steps = Double(max(retry, 1) - 1)
        let growth =
            switch backoff {
            case .constant: 1.0
            case .linear: steps + 1
            case .exponential: power(factor, steps)
            }
        let limit = max(0, maximumDelay.inSeconds)
        let seconds = min(delay.inSeconds * growth, limit) * (1 + jitter * min(max(chance, -1), 1))
        return .microseconds(Int64(min(max(0, seconds), limit) * 1e6))
    }
}

/// `base` to the power of a whole, non-negative `exponent`, stopping as soon as it is out of any use.
private func power(_ base: Double, _ exponent: Double) -> Double {
    var result = 1.0
    var left = exponent
    while left > 0, result < 1e18, result > 1e-18 {
        result *= base
        left -= 1
    }
    return result
}
