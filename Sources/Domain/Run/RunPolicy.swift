/// What a deployment asks for when its runs fail, hang, or lose their agent.
public struct RunPolicy: Sendable, Hashable {
    /// For attempts that failed or timed out.
    public var retries: RetryPolicy
    /// For attempts that crashed. They have a budget of their own.
    public var crashRetries: RetryPolicy
    /// How long one attempt may execute.
    public var timeout: Duration?
    /// Between TERM and KILL, when an attempt is stopped.
    public var grace: Duration
    /// How long an attempt may go on without word from its agent.
    public var lease: Duration

    public init(
        retries: RetryPolicy = .never,
        crashRetries: RetryPolicy = .crashDefault,
        timeout: Duration? = nil,
        grace: Duration = .seconds(10),
        lease: Duration = .seconds(30)
    ) {
        self.retries = retries
        self.crashRetries = crashRetries
        self.timeout = timeout
        self.grace = grace
        self.lease = lease
    }
}
