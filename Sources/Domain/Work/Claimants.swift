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
    ///
    /// - Parameter pool: that they wait in, if they wait in one. Agents start processes and containers, as Prefect's workers
    ///   of these types do; a command of Sluice's own is for agents, whatever the pool.
    public func claimants(in pool: WorkPool?) -> Claimants {
        if execution != nil { return .agents }
        return pool?.isServedByAgents == true ? .anyone : .workers
    }
}
