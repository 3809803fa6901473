import Domain
import HTTPTypes
import Hummingbird
import JSON
import Orchestration

/// Answers those who ask whether what somebody has typed would do.
struct SchemasController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/ui/schemas/validate", validate)
                .does("Check values by a JSON Schema", takes: .schemaCheck, .ok(.schemaReport)),
            .post("/templates/validate", validateTemplate)
                .does("Check a template", takes: .template, .noContent, .refusedTemplate),
            .post("/automations/templates/validate", validateTemplate)
                .does("Check a template of an automation", takes: .template, .noContent, .refusedTemplate),
        ]
    }

    private func validateTemplate(_ call: Call) async throws -> Response {
        let body: TemplateBody = try await call.body()
        guard let fault = Orchestrator.fault(ofTemplate: body.template) else { return .noContent }
        let error: JSONValue = [
            "line": fault.line.json, "message": .string(fault.message), "source": .string(body.template),
        ]
        return .json(["error": error], .unprocessableContent)
    }

    private func validate(_ call: Call) async throws -> Response {
        let body: SchemaCheckBody = try await call.body()
        return .json(try await orchestrator.check(body.values, against: .object(body.schema)).view)
    }
}

/// A text; none at all is an empty one.
private struct TemplateBody: JSONReadable, Sendable {
    let template: String

    init(reading reader: JSONReader) throws(JSONReadingError) {
        template = reader.value == .object([:]) ? "" : try reader.string
    }
}

private struct SchemaCheckBody: JSONReadable, Sendable {
    let schema: JSONObject
    let values: JSONObject

    init(reading reader: JSONReader) throws(JSONReadingError) {
        schema = try reader.required("schema")
        values = try reader.required("values")
    }
}

extension SchemaReport {
    /// Prefect's `SchemaValuesValidationResponse`.
    fileprivate var view: JSONValue {
        var errors: [JSONValue] = []
        for complaint in complaints { Self.add(complaint.reason, at: complaint.location[...], to: &errors) }
        return ["errors": .array(errors), "valid": .bool(complaints.isEmpty)]
    }

    /// Reasons are gathered by property and index, as deep as they lie.
    private static func add(
        _ reason: String, at location: ArraySlice<JSONPathComponent>, to errors: inout [JSONValue]
    ) {
        guard let first = location.first else { return errors.append(.string(reason)) }
        let rest = location.dropFirst()
        let (key, name): (String, JSONValue) =
            switch first {
            case .key(let key): ("property", .string(key))
            case .index(let index): ("index", JSONValue(index))
            }
        let known = rest.isEmpty ? nil : errors.firstIndex { $0[key] == name }
        var inner = known.flatMap { errors[$0]["errors"]?.arrayValue } ?? []
        add(reason, at: rest, to: &inner)
        let entry: JSONValue = .object(JSONObject([(key, name), ("errors", .array(inner))]))
        if let known { errors[known] = entry } else { errors.append(entry) }
    }
}
