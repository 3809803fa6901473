public import Domain
public import Storage

/// Removes log lines that are too old or too many.
public struct LogPruner: Loop {
    private static let interval: Duration = .seconds(5)

    private let orchestrator: Orchestrator
    private let limits: LogLimits

    public init(_ orchestrator: Orchestrator, limits: LogLimits = .standard) {
        self.orchestrator = orchestrator
        self.limits = limits
    }

    public var name: String { "log-pruner" }

    /// Removes what is over the limits.
    public func tick(at now: Timestamp) async throws -> Duration {
        let bytes = try await orchestrator.logs.prune(limits, at: now)
        orchestrator.pruned.add(logBytes: bytes)
        return Self.interval
    }
}
