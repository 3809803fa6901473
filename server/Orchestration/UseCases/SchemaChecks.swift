import Domain
public import JSON
import Templates

/// What is wrong with values, by their places.
public struct SchemaReport: Sendable {
    /// What is wrong with one of them.
    public struct Complaint: Sendable {
        public let location: [JSONPathComponent]
        public let reason: String
    }

    public let complaints: [Complaint]
}

extension Orchestrator {
    /// Why automations could not render a template, as far as it tells by itself; nothing if they could.
    public static func fault(ofTemplate text: String) -> (line: Int, message: String)? {
        do {
            _ = try Template(parsing: text)
            return nil
        } catch {
            return (error.line, error.message)
        }
    }

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
        var hydration = Hydration(variables: try await variableValues())
        let hydrated = hydration.hydrate(values)
        let unknown = Set(hydration.templates + hydration.faults.map(\.location))
        let violations = compiled.validate(.object(hydrated)).filter { !unknown.contains($0.location) }
        return SchemaReport(
            complaints: hydration.faults.map { .init(location: $0.location, reason: $0.message) }
                + violations.map { .init(location: $0.place, reason: $0.reason) })
    }
}

extension SchemaViolation {
    /// Where people look for it: what is missing, at its own place.
    fileprivate var place: [JSONPathComponent] {
        guard keyword == "required", let quoted = reason.split(separator: "'").first else { return location }
        return location + [.key(String(quoted))]
    }
}
