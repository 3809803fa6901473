import HTTPTypes
import JSON

/// The description of the API: an OpenAPI 3.1 document, made of what the routes say of themselves.
struct APIDescription {
    private let routes: [Route]
    private let version: String

    init(of routes: [Route], version: String) {
        self.routes = routes
        self.version = version
    }

    var document: JSONValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Sluice REST API", "version": .string(version),
                "description":
                    "Flows, deployments, their runs and where these execute: the API of Prefect 3, and more.",
            ],
            "servers": [["url": "/api"]],
            "security": [[:], ["basic": []], ["key": []]],
            "paths": paths,
            "components": [
                "schemas": schemas, "parameters": ["APIVersion": Self.apiVersion], "responses": refusals,
                "securitySchemes": Self.credentials,
            ],
        ]
    }

    private var paths: JSONValue {
        var paths: JSONObject = [:]
        for route in routes {
            var path = paths[route.template]?.objectValue ?? [:]
            path[route.method.rawValue.lowercased()] = .object(Self.operation(route))
            paths[route.template] = .object(path)
        }
        return .object(paths)
    }

    private var schemas: JSONValue {
        let all = routes.flatMap(Self.schemas).reduce(into: [:]) { $0.merge($1.components) { first, _ in first } }
        return .object(JSONObject(all.sorted { $0.key < $1.key }.map { ($0.key, .object($0.value)) }))
    }

    /// What is asked for where the server has an auth string (`Admission`).
    private static let credentials: JSONValue = [
        "basic": ["type": "http", "scheme": "basic"], "key": ["type": "http", "scheme": "bearer"],
    ]

    /// The answers that are common to many.
    private var refusals: JSONValue {
        .object(JSONObject(Refusals.all.map { (Self.name(of: $0), Self.response($0)) }))
    }

    /// All that occur in what is said of a route.
    private static func schemas(_ route: Route) -> [Schema] {
        guard let operation = route.operation else { return [] }
        let parameters = operation.query + operation.headers
        let contents =
            (operation.answers + Refusals.of(route)).compactMap(\.content) + [operation.body].compactMap(\.self)
        return parameters.map(\.schema) + Array(operation.path.values) + contents.map(\.schema)
    }
}

// MARK: - One operation

extension APIDescription {
    private static func operation(_ route: Route) -> JSONObject {
        // One that nobody has described is in the document all the same; a test misses its summary.
        guard let operation = route.operation else { return [:] }
        var json: JSONObject = [
            "tags": [.string(tag(of: route.template))], "summary": .string(operation.summary),
            "operationId": .string(name(of: route)), "parameters": parameters(route, operation),
        ]
        json["requestBody"] = operation.body.map {
            ["content": content($0), "required": .bool($0.isRequired)]
        }
        json["responses"] = responses(operation.answers, Refusals.of(route))
        return json
    }

    /// The method and the path: unlike any other, and it stays as long as these do.
    private static func name(of route: Route) -> String {
        let words = route.template.split { !$0.isLetter && !$0.isNumber }
        let path = words.joined(separator: "_")
        return "\(route.method.rawValue.lowercased())_\(path)"
    }

    /// `Flow Runs`, for `/flow_runs/{id}`.
    private static func tag(of template: String) -> String {
        let names = template.split(separator: "/").filter { $0 != "v2" && $0 != "ui" }
        let words = names.first?.split { $0 == "_" || $0 == "-" } ?? []
        return words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
    }

    private static func content(_ content: Operation.Content) -> JSONValue {
        .object(
            JSONObject(content.mediaTypes.map { ($0, ["schema": .object(content.schema.json)]) }))
    }

    /// What an operation says of itself stands before what is common to its kind.
    private static func responses(_ own: [Operation.Answer], _ refusals: [Operation.Answer]) -> JSONValue {
        var responses: JSONObject = [:]
        for answer in own { responses["\(answer.status.code)"] = response(answer) }
        for refusal in refusals where responses["\(refusal.status.code)"] == nil {
            responses["\(refusal.status.code)"] = ["$ref": .string("#/components/responses/\(name(of: refusal))")]
        }
        return .object(responses)
    }

    private static func response(_ answer: Operation.Answer) -> JSONValue {
        var response: JSONObject = ["description": .string(answer.status.reasonPhrase)]
        if !answer.headers.isEmpty {
            let headers = answer.headers.sorted { $0.key < $1.key }
            response["headers"] = .object(
                JSONObject(headers.map { ($0.key, ["schema": .object($0.value.json), "required": true]) }))
        }
        response["content"] = answer.content.map(content)
        return .object(response)
    }

    /// `NotFound`, for 404.
    private static func name(of refusal: Operation.Answer) -> String {
        refusal.status.reasonPhrase.filter { !$0.isWhitespace }
    }
}

// MARK: - Parameters

extension APIDescription {
    /// Releases from which on a client is served (`VersionCheck`).
    private static let apiVersion: JSONValue = [
        "name": "X-Prefect-API-Version", "in": "header", "required": false,
        "schema": [
            "type": "string",
            "pattern": #"^(0\.([89]|[1-9][0-9]{1,8})|[1-9][0-9]{0,8}\.[0-9]{1,9})\.[0-9]{1,9}$"#,
            "examples": ["0.8.4"],
        ],
    ]

    private static func parameters(_ route: Route, _ operation: Operation) -> JSONValue {
        let path = route.template.split(separator: "/").filter { $0.first == "{" }.map { $0.dropFirst().dropLast() }
        let parameters =
            path.map { parameter(String($0), operation.path[String($0)] ?? standard($0), in: "path", true) }
            + operation.query.map { parameter($0.name, $0.schema, in: "query", $0.isRequired) }
            + operation.headers.map { parameter($0.name, $0.schema, in: "header", $0.isRequired) }
        return .array(parameters + [["$ref": "#/components/parameters/APIVersion"]])
    }

    /// Ids are called so; the others are texts.
    private static func standard(_ name: Substring) -> Schema {
        name == "id" || name.hasSuffix("_id") ? .id : .segment
    }

    private static func parameter(_ name: String, _ schema: Schema, in place: String, _ isRequired: Bool) -> JSONValue {
        ["name": .string(name), "in": .string(place), "required": .bool(isRequired), "schema": .object(schema.json)]
    }
}
