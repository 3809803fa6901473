import Domain
public import JSON
import Storage

/// What is wrong with values, by their places.
public struct SchemaReport: Sendable {
    public struct Complaint: Sendable {
        public let location: [JSONPathComponent]
        public let reason: String
    }

    public let complaints: [Complaint]
}

extension Orchestrator {
    /// Looks whether values are what a schema asks for, before anybody does something with them.
    ///
    /// - Throws: `OrchestrationError.invalid` for a schema that is none.
    public func check(_ values: JSONObject, against schema: JSONValue) async throws -> SchemaReport {
        let compiled: ParameterSchema
        do {
            compiled = try ParameterSchema(prefect: schema)
        } catch {
            throw OrchestrationError.invalid("Invalid schema: \(error)")
        }
        var hydration = try await hydration()
        let hydrated = hydration.hydrate(values)
        let unknown = Set(hydration.templates + hydration.faults.map(\.location))
        let violations = compiled.validate(.object(hydrated)).filter { !unknown.contains($0.location) }
        return SchemaReport(
            complaints: hydration.faults.map { .init(location: $0.location, reason: $0.message) }
                + violations.map { .init(location: $0.place, reason: $0.reason) })
    }

    func hydration() async throws -> Hydration {
        let variables = try await database.read { try $0.variables(Query(order: "name", limit: .max)) }
        return Hydration(
            variables: Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
    }
}

extension SchemaViolation {
    /// Where people look for it: what is missing, at its own place.
    fileprivate var place: [JSONPathComponent] {
        guard keyword == "required", let quoted = reason.split(separator: "'").first else { return location }
        return location + [.key(String(quoted))]
    }
}
