import HTTPTypes
import JSON

/// A refusal that the API makes of itself, before any use case is asked.
struct Problem: Error {
    let status: HTTPResponse.Status
    let detail: String

    init(_ status: HTTPResponse.Status, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    static func notFound(_ detail: String) -> Problem { Problem(.notFound, detail) }
    /// Whoever sent a body has gone, or broke the protocol: no fault of ours, and nobody may be left to tell.
    static func cutOff(_ error: any Error) -> Problem { Problem(.badRequest, "the body was cut off: \(error)") }
    static func invalid(_ detail: String) -> Problem { Problem(.unprocessableContent, detail) }
}

/// A body that cannot be read as what it should be.
struct InvalidBody: Error {
    /// Bytes of a body that is still shown to the client with what is wrong in it.
    static let echoLimit = 64 << 10

    /// In the form of pydantic's errors.
    let details: [JSONValue]
    let body: JSONValue

    private init(details: [JSONValue], body: JSONValue) {
        self.details = details
        self.body = body
    }

    init(errors: [JSONReadingError], body: JSONValue) { self.init(details: errors.map(\.json), body: body) }

    /// A query without something that it must have.
    static func missing(query name: String) -> InvalidBody {
        let detail: JSONValue = [
            "type": "missing", "loc": ["query", .string(name)], "msg": "Field required", "input": .null,
        ]
        return InvalidBody(details: [detail], body: .null)
    }

    /// Not even JSON.
    init(_ error: JSONError) {
        details = [
            [
                "type": "json_invalid", "loc": ["body", JSONValue(error.offset)], "msg": "JSON decode error",
                "input": [:], "ctx": ["error": .string(error.description)],
            ]
        ]
        body = .null
    }
}
