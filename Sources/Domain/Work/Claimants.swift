/// Who may claim a run. What its deployment says of how it is executed decides it.
public enum Claimants: String, Sendable, Hashable, CaseIterable {
    /// Sluice's agents, which are handed their runs.
    case agents
    /// Prefect's workers, agents and served flows, which ask for runs over REST.
    case workers
    /// Whoever comes first.
    case anyone
}

extension Deployment {
    /// Who may claim its runs.
    public var claimants: Claimants { execution == nil ? .workers : .agents }
}
