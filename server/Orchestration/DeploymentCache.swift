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

    // MARK: Job variables

    /// The schemas of pools' job variables, by their text: a pool's template seldom changes.
    private let templates = Mutex<[JSONObject: ParameterSchema]>([:])

    /// Refuses a template whose variables have defaults that break its own schema.
    func checkDefaults(of template: JSONObject) throws {
        guard let template = JobTemplate(template) else { return }
        let violations = try schema(of: template).validate(.object(template.defaults), ignoringRequired: true)
        guard let first = violations.first else { return }
        throw OrchestrationError.invalid("Validation failed for work pool's job variable defaults: \(first)")
    }

    /// Refuses job variables that break the schema of their pool. A default that breaks it itself is passed over.
    ///
    /// - Parameters:
    ///   - variables: laid over each other, the later over the earlier.
    ///   - isComplete: whether all that is required must be there.
    ///   - action: for the message: what is refused.
    func check(
        _ variables: [JSONObject], against template: JSONObject, isComplete: Bool, _ action: String
    ) throws {
        guard let template = JobTemplate(template) else { return }
        let schema = try schema(of: template)
        var all = template.defaults
        for (name, value) in all
        where !schema.validate(.object([name: value]), ignoringRequired: true).isEmpty { all[name] = nil }
        let hasAllDefaults = all.count == template.defaults.count
        for layer in variables { all = all.merging(layer) }
        let violations = schema.validate(.object(all), ignoringRequired: !isComplete || !hasAllDefaults)
        guard let first = violations.first else { return }
        throw OrchestrationError.invalid("Error \(action): \(first)")
    }

    private func schema(of template: JobTemplate) throws -> ParameterSchema {
        if let known = templates.withLock({ $0[template.variables] }) { return known }
        do {
            let schema = try ParameterSchema(prefect: .object(template.variables), acceptsNullForDefaults: true)
            templates.withLock {
                if $0.count >= Self.limit { $0.removeAll() }
                $0[template.variables] = schema
            }
            return schema
        } catch {
            throw OrchestrationError.invalid("the variables of the base job template are no JSON Schema: \(error)")
        }
    }
}
