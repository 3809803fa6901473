public import Domain
import Storage

extension Orchestrator {
    /// A deployment's versions, the newest first.
    ///
    /// - Parameter number: only those before this one; nothing for all.
    /// - Throws: `OrchestrationError.notFound`.
    public func versions(
        of id: ID<Deployment>, before number: Int? = nil, limit: Int
    ) async throws -> [DeploymentVersion] {
        try await database.read { store in
            guard try store.deploymentUpdated(id) != nil else {
                throw OrchestrationError.notFound(kind: "Deployment", name: id.description)
            }
            return try store.versions(of: id, before: number, limit: limit)
        }
    }

    /// Makes a deployment what an earlier version says. That makes a version of its own, unless nothing is different:
    /// history only grows.
    ///
    /// - Parameter number: nothing for the version before the present one.
    /// - Throws: `OrchestrationError.notFound`; `.conflict` when there is no earlier version, or its queue is gone;
    ///   `.invalid` when its code is gone.
    public func rollBack(_ id: ID<Deployment>, to number: Int? = nil) async throws -> Deployment {
        try await change { change in
            let before = try change.store.deployment(id).orNotFound("Deployment", id)
            guard number != nil || before.versionNumber > 1 else {
                throw OrchestrationError.conflict("the deployment has one version only: there is none to go back to")
            }
            let wanted = number ?? before.versionNumber - 1
            guard let version = try change.store.version(wanted, of: id) else {
                throw OrchestrationError.notFound(
                    kind: "Deployment version", name: "\(wanted)",
                    hint: "\"\(before.name)\" has the versions 1 to \(before.versionNumber)")
            }
            var deployment = before
            deployment.restore(version)
            if let queue = deployment.queueID, try change.store.queue(queue) == nil {
                throw OrchestrationError.conflict("the work queue of version \(wanted) does not exist any more")
            }
            try change.checkCode(of: deployment.execution)
            deployment.updated = change.later(than: before.updated)
            return try change.keep(deployment, over: before, restoring: wanted)
        }
    }
}
