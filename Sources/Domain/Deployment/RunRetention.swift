/// How long the finished runs of a deployment are kept, as far as it says so itself; the rest follows the server.
public struct RunRetention: Sendable, Hashable {
    public enum Age: Sendable, Hashable {
        case forever
        /// Since its end.
        case atMost(Duration)
    }

    public enum Count: Sendable, Hashable {
        case all
        /// Those that ended last.
        case newest(Int)
    }

    public var age: Age?
    public var count: Count?

    public init(age: Age? = nil, count: Count? = nil) {
        self.age = age
        self.count = count
    }

    public static let forever = RunRetention(age: .forever, count: .all)

    /// What holds for a deployment that says this on a server with `standard`.
    public func limits(over standard: RunLimits) -> RunLimits {
        var limits = standard
        switch age {
        case nil: break
        case .forever: limits.age = nil
        case .atMost(let span): limits.age = span
        }
        switch count {
        case nil: break
        case .all: limits.count = nil
        case .newest(let count): limits.count = count
        }
        return limits
    }
}

/// How long finished runs are kept: those that break either limit go.
public struct RunLimits: Sendable, Hashable {
    /// Since their end; nothing for ever.
    public var age: Duration?
    /// The newest of each deployment, and of the runs without one; nothing for any number.
    public var count: Int?

    public init(age: Duration?, count: Int?) {
        self.age = age
        self.count = count
    }

    /// Ninety days, and a hundred thousand of each deployment.
    public static let standard = RunLimits(age: .seconds(90 * 86_400), count: 100_000)
}
