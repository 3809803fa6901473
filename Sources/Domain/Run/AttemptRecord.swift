/// The record of one attempt: who made it, and what came of it.
public struct AttemptRecord: Sendable, Hashable {
    public let attempt: Int
    public let agentID: ID<Agent>
    public let agentName: String
    public let granted: Timestamp
    public let ended: Timestamp?
    public let outcome: StateType?
    public let message: String?
    public let exitCode: Int?
    public let signal: Int?
    public let cpu: Duration
    public let peakMemoryBytes: Int?
    /// Which code it executed, as its agent said: a commit, or a digest of what was fetched.
    public let codeRevision: String?
    /// The last report that was taken.
    public let reports: Int

    public init(
        attempt: Int, agentID: ID<Agent>, agentName: String, granted: Timestamp, ended: Timestamp?,
        outcome: StateType?, message: String?, exitCode: Int?, signal: Int?, cpu: Duration, peakMemoryBytes: Int?,
        codeRevision: String?, reports: Int
    ) {
        self.attempt = attempt
        self.agentID = agentID
        self.agentName = agentName
        self.granted = granted
        self.ended = ended
        self.outcome = outcome
        self.message = message
        self.exitCode = exitCode
        self.signal = signal
        self.cpu = cpu
        self.peakMemoryBytes = peakMemoryBytes
        self.codeRevision = codeRevision
        self.reports = reports
    }
}
