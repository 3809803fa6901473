import HTTPClient
import JSON
import Testing

@testable import RESTAPI

/// `/api/openapi.json`. That answers are as it says is looked at with schemathesis (scripts/check-api).
@Suite struct DescriptionTests {
    @Test func everyRouteIsDescribed() async throws {
        try await withServer { server in
            let operations = try await server.operations()
            #expect(operations.count > 190)
            for (name, operation) in operations {
                #expect(operation["summary"]?.stringValue?.isEmpty == false, "\(name) says nothing of itself")
                #expect(
                    operation["responses"]?["200"] != nil || name.contains("csrf") || operation.hasOtherSuccess,
                    "\(name)")
            }
        }
    }

    @Test func operationsHaveNamesOfTheirOwn() async throws {
        try await withServer { server in
            let names = try await server.operations().compactMap { $0.operation["operationId"]?.stringValue }
            #expect(Set(names).count == names.count)
        }
    }

    @Test func whatIsReferredToIsThere() async throws {
        try await withServer { server in
            let document = try await server.get("/api/openapi.json").json
            let references = Self.references(in: document)
            #expect(references.contains("#/components/schemas/Flow"))
            for reference in references {
                let place = reference.split(separator: "/").dropFirst().reduce(document as JSONValue?) {
                    $0?[String($1)]
                }
                #expect(place != nil, "\(reference) leads nowhere")
            }
        }
    }

    @Test func parametersOfAPathAreThoseInIt() async throws {
        try await withServer { server in
            for (name, operation) in try await server.operations() {
                let inPath = name.split(separator: "/").filter { $0.first == "{" }.map {
                    String($0.dropFirst().dropLast())
                }
                let described = (operation["parameters"]?.arrayValue ?? []).filter { $0["in"] == "path" }
                #expect(described.compactMap { $0["name"]?.stringValue } == inPath, "\(name)")
            }
        }
    }

    @Test func aBodySaysWhatItNeeds() async throws {
        try await withServer { server in
            let document = try await server.get("/api/openapi.json").json
            let flow = document["components"]?["schemas"]?["FlowCreate"]
            #expect(flow?["required"] == ["name"])
            #expect(document["paths"]?["/flows"]?["post"]?["requestBody"]?["required"] == true)
            #expect(document["paths"]?["/flows/filter"]?["post"]?["requestBody"]?["required"] == false)
            let limit = document["paths"]?["/flows/filter"]?["post"]?["requestBody"]?["content"]?["application/json"]?[
                "schema"]?["properties"]?["limit"]?["anyOf"]?.arrayValue?.first
            #expect(limit == ["type": "integer", "minimum": 0, "maximum": 200])
        }
    }

    @Test func itIsMadeOnce() async throws {
        try await withServer { server in
            let (first, second) = (try await server.get("/api/openapi.json"), try await server.get("/api/openapi.json"))
            #expect(first.status == 200 && first.text == second.text)
            #expect(first.json["openapi"] == "3.1.0" && first.json["info"]?["version"] == "1.2.3")
        }
    }

    private static func references(in value: JSONValue) -> Set<String> {
        switch value {
        case .array(let elements): elements.reduce(into: []) { $0.formUnion(references(in: $1)) }
        case .object(let members):
            members.reduce(into: Set(members["$ref"]?.stringValue.map { [$0] } ?? [])) {
                $0.formUnion(references(in: $1.value))
            }
        default: []
        }
    }
}

extension TestServer {
    /// What the description says of each operation, by method and path.
    fileprivate func operations() async throws -> [(name: String, operation: JSONValue)] {
        let paths = try await get("/api/openapi.json").json["paths"]?.objectValue ?? [:]
        return paths.flatMap { path, operations in
            (operations.objectValue ?? [:]).map { (name: "\($0.key) \(path)", operation: $0.value) }
        }
    }
}

extension JSONValue {
    fileprivate var hasOtherSuccess: Bool { ["201", "202", "204"].contains { self["responses"]?[$0] != nil } }
}
