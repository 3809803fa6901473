public import Domain

/// Names one attempt at one run. The attempt is the fencing number.
public struct AttemptKey: Sendable, Hashable, CustomStringConvertible {
    public let run: ID<FlowRun>
    public let attempt: Int

    public init(run: ID<FlowRun>, attempt: Int) {
        self.run = run
        self.attempt = attempt
    }

    /// `RUN.ATTEMPT`, which also names the attempt's files and its child.
    public var description: String { "\(run).\(attempt)" }

    /// Reads what `description` writes.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let run = ID<FlowRun>(parts[0]), let attempt = Int(parts[1]) else { return nil }
        self.init(run: run, attempt: attempt)
    }
}
