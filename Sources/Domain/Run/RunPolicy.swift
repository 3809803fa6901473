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
    /// Whether the flow says itself what state it is in, through Prefect's client: when it runs, retries, pauses and how
    /// it ends. All that its agent adds are the facts of its process.
    public var reportsForItself: Bool

    public init(
        retries: RetryPolicy = .never,
        crashRetries: RetryPolicy = .crashDefault,
        timeout: Duration? = nil,
        grace: Duration = .seconds(10),
        lease: Duration = .seconds(30),
        reportsForItself: Bool = false
    ) {
        self.retries = retries
        self.crashRetries = crashRetries
        self.timeout = timeout
        self.grace = grace
        self.lease = lease
        self.reportsForItself = reportsForItself
    }

    /// For the deployments that Prefect's clients make. As with Prefect's workers, who loses its process has CRASHED and
    /// is not executed again, and who is cancelled has 30 s for its hooks.
    public static let prefect = RunPolicy(crashRetries: .never, grace: .seconds(30), reportsForItself: true)
}
