public import Domain
import JSON
import Storage

extension Orchestrator {
    /// As many breaches are remembered of each deployment.
    static let keptBreaches = 1000

    /// What a deployment and its runs have not kept of what is expected of them, the newest first.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func breaches(of deployment: ID<Deployment>, limit: Int) async throws -> [LevelBreach] {
        try await database.read { store in
            _ = try store.deployment(deployment).orNotFound("Deployment", deployment)
            return try store.breaches(of: deployment, limit: limit)
        }
    }
}

extension Change {
    /// Says what is expected of a deployment's runs. What has been looked at already is not looked at again.
    ///
    /// - Throws: `OrchestrationError.invalid` for a zone that is none.
    func setServiceLevel(of deployment: ID<Deployment>, to level: ServiceLevel?) throws {
        let known = try store.serviceLevel(of: deployment)
        guard known?.level != level else { return }
        guard let level else { return try store.deleteServiceLevel(of: deployment) }
        if case .by(let time) = level.missing, surroundings.timeZones.zone(named: time.zoneName) == nil {
            throw OrchestrationError.unknownZone(time.zoneName)
        }
        let goesOn = known.flatMap { $0.level.missing == level.missing ? $0 : nil }
        try store.save(
            StoredLevel(
                deploymentID: deployment, level: level, since: now, judged: goesOn?.judged ?? now,
                completed: known?.completed))
    }

    /// Notes a breach and tells of it, unless that has been done.
    mutating func note(_ breach: LevelBreach) throws {
        guard try store.insert(breach) else { return }
        try store.pruneBreaches(of: breach.deploymentID, keeping: Orchestrator.keptBreaches)
        guard let deployment = try store.deployment(breach.deploymentID) else { return }
        let flow = try store.flow(deployment.flowID)
        let resource = EventResource(
            .deployment, "\(deployment.id)", name: deployment.name,
            also: ["sluice.sla": .string(breach.kind.rawValue)])
        var related = [EventResource(.flow, "\(deployment.flowID)", name: flow?.name, role: "flow")]
        if let run = breach.runID {
            related.append(EventResource(.flowRun, "\(run)", name: breach.runName, role: "flow-run"))
        }
        let path = [flow?.name, deployment.name].compactMap(\.self).joined(separator: "/")
        try happened(
            "sluice.sla.violated", to: resource, related: related,
            payload: [
                "sla": .string(breach.kind.rawValue), "limit": breach.bound.json, "since": breach.since.json,
                "deployment": .string(path), "flow_run": breach.runName.json,
            ])
    }
}

extension Explanation.Reason {
    /// That a run is beyond what is expected of it, and since when.
    init(_ breach: LevelBreach, at now: Timestamp) {
        let what =
            switch breach.kind {
            case .late: "it should have begun \(breach.bound) after it was late"
            case .duration: "it should not execute for longer than \(breach.bound)"
            case .missing: "a run should have completed by \(breach.bound)"
            }
        self.init(
            code: "sla_\(breach.kind.rawValue)",
            message: "\(what): beyond its level of service since \(breach.since), "
                + "\(DurationText.describe(now - breach.since)) ago", remedy: nil)
    }
}
