import HTTPTypes
import JSON

/// What a route does, what it takes and what it answers.
struct Operation: Sendable {
    let summary: String
    var body: Content?
    var query: [Parameter] = []
    var headers: [Parameter] = []
    /// What the parts of the path may be that are no ids, by their names.
    var path: [String: Schema] = [:]
    var answers: [Answer] = []

    /// Something that is sent, in one form or another.
    struct Content: Sendable {
        let schema: Schema
        let mediaTypes: [String]
        /// Whether it has to be there.
        var isRequired = true

        static func json(_ schema: Schema) -> Content {
            // An empty body is taken for an empty object.
            Content(schema: schema, mediaTypes: ["application/json"], isRequired: !schema.allowsEmptyObject)
        }

        /// What is not JSON.
        static func bytes(_ mediaTypes: String...) -> Content {
            Content(schema: Schema([:]), mediaTypes: mediaTypes)
        }

        static func text(_ mediaType: String) -> Content { Content(schema: .text, mediaTypes: [mediaType]) }

        /// Values of JSON, a line each.
        static let lines = bytes(
            "application/x-ndjson", "application/jsonl", "application/ndjson", "application/x-jsonlines")
        /// Server-sent events (the HTML standard, §9.2).
        static let events = bytes("text/event-stream")
    }

    /// A parameter in the query, or in the head.
    struct Parameter: Sendable {
        let name: String
        let schema: Schema
        var isRequired = false
    }

    /// What is answered with one status.
    struct Answer: Sendable {
        let status: HTTPResponse.Status
        var content: Content?
        var headers: [String: Schema] = [:]
    }
}

extension Operation.Answer {
    static func json(_ status: HTTPResponse.Status, _ schema: Schema) -> Self {
        Self(status: status, content: .json(schema))
    }

    static func ok(_ schema: Schema) -> Self { json(.ok, schema) }
    static func created(_ schema: Schema) -> Self { json(.created, schema) }
    static func accepted(_ schema: Schema) -> Self { json(.accepted, schema) }
    /// What is not JSON.
    static func sends(_ content: Operation.Content) -> Self { Self(status: .ok, content: content) }
    static let noContent = Self(status: .noContent)

    // MARK: Refusals beside those that any operation of its kind may answer with (`Refusals`)

    static let badRequest = json(.badRequest, .error)
    static let unauthorized = json(.unauthorized, .failure)
    static let forbidden = json(.forbidden, .error)
    static let notFound = json(.notFound, .error)
    static let gone = json(.gone, .error)
    static let conflict = json(.conflict, .error)
    static let invalid = json(.unprocessableContent, .invalidRequest)
    /// No slot is free; `Retry-After` says for how many seconds to wait.
    static let locked = Self(
        status: .locked, content: .json(.error),
        headers: ["Retry-After": .text(matching: #"^[0-9]+(\.[0-9]+)?$"#)])
}

extension Operation.Parameter {
    static func flag(_ name: String) -> Self { Self(name: name, schema: .flag) }
    static func optional(_ name: String, _ schema: Schema) -> Self { Self(name: name, schema: schema) }
    static func required(_ name: String, _ schema: Schema) -> Self {
        Self(name: name, schema: schema, isRequired: true)
    }
}

extension Route {
    /// The same with a description, for `/api/openapi.json`. Parameters of the path are described by the template: those
    /// that are called `id` are ids, and the others texts, unless `path` has them otherwise. What any operation may refuse
    /// (`Refusals`) need not be said.
    ///
    ///     .post("/flows", create).does("Make a flow", takes: .flowCreate, .created(.flow), .ok(.flow)),
    ///     .get("/flows/{id}", read).does("Read a flow", .ok(.flow)),
    func does(
        _ summary: String, takes body: Schema? = nil, query: [Operation.Parameter] = [],
        headers: [Operation.Parameter] = [], path: [String: Schema] = [:], _ answers: Operation.Answer...
    ) -> Route {
        described(
            Operation(
                summary: summary, body: body.map { .json($0) }, query: query, headers: headers, path: path,
                answers: answers))
    }

    /// The same where the body is no JSON.
    func does(
        _ summary: String, takes body: Operation.Content, query: [Operation.Parameter] = [],
        path: [String: Schema] = [:], _ answers: Operation.Answer...
    ) -> Route {
        described(Operation(summary: summary, body: body, query: query, path: path, answers: answers))
    }

    private func described(_ operation: Operation) -> Route {
        Route(method: method, template: template, handler: handler, operation: operation)
    }
}
