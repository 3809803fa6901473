import Domain
import JSON
import Storage
import Synchronization

/// A deployment with what is made from it once: its compiled schema and the name of its flow.
struct KnownDeployment: Sendable {
    let deployment: Deployment
    let flowName: String
    let schema: ParameterSchema?
}

extension Deployment {
    /// A schema that a Prefect client made is read as Prefect's own server reads it; one of ours to the letter.
    func compile(_ schema: JSONValue) throws(SchemaError) -> ParameterSchema {
        execution == nil ? try ParameterSchema(prefect: schema) : try ParameterSchema(schema)
    }
}

/// The deployments that were used lately, so that a run does not cost the reading of its deployment's documents.
/// An entry is good as long as the row has not changed since.
final class DeploymentCache: Sendable {
    private static let limit = 1024
    private let entries = Mutex<[ID<Deployment>: KnownDeployment]>([:])

    /// The deployment as it was when it was last used, which may have changed since.
    func latest(_ id: ID<Deployment>) -> KnownDeployment? { entries.withLock { $0[id] } }

    func deployment(_ id: ID<Deployment>, in store: Store) throws -> KnownDeployment {
        guard let updated = try store.deploymentUpdated(id) else {
            throw OrchestrationError.notFound(kind: "Deployment", name: id.description)
        }
        if let known = entries.withLock({ $0[id] }), known.deployment.updated == updated { return known }
        guard let deployment = try store.deployment(id) else {
            throw OrchestrationError.notFound(kind: "Deployment", name: id.description)
        }
        let known = KnownDeployment(
            deployment: deployment, flowName: try store.flow(deployment.flowID)?.name ?? "",
            schema: try deployment.parameterSchema.map { try deployment.compile($0) })
        entries.withLock {
            if $0.count >= Self.limit { $0.removeAll() }
            $0[id] = known
        }
        return known
    }
}
