import HTTPTypes
import JSON

/// Answers that an operation may give because of what it is, whatever it does: nobody has to say them of each.
enum Refusals {
    static func of(_ route: Route) -> [Operation.Answer] {
        let (body, query) = (route.operation?.body, route.operation?.query ?? [])
        return ofAll + (route.template.contains("{") ? [.notFound] : [])
            + (body == nil ? [] : ofBodies) + (body == nil && query.isEmpty ? [] : [.invalid])
            + (route.method == .get ? [] : ofChanges)
    }

    /// Whatever any operation may refuse with.
    static let all = ofAll + [.notFound, .invalid] + ofBodies + ofChanges

    private static let ofAll: [Operation.Answer] = [.badRequest, .unauthorized, .forbidden, unavailable]
    private static let ofBodies: [Operation.Answer] = [
        .json(.contentTooLarge, .error), .json(.unsupportedMediaType, .error),
    ]
    private static let ofChanges: [Operation.Answer] = [.conflict, .json(.insufficientStorage, .failure)]
    private static let unavailable = Operation.Answer(
        status: .serviceUnavailable, content: .json(.failure), headers: ["Retry-After": .whole(from: 1)])
}

extension Schema {
    /// Why something was refused.
    static let error = record("Error", ["detail": .text])

    /// Why something could not be done.
    static let failure = record("Failure", ["exception_message": .text])

    /// What is wrong with a request: places in it with what is wrong there, or a sentence.
    static let invalidRequest = any(of: validationErrors, error).named("HTTPValidationError")

    private static let validationErrors = record(
        "ValidationErrors",
        [
            "exception_message": .text, "exception_detail": .list(of: validationError), "request_body": .json,
        ])

    private static let validationError = body(
        "ValidationError",
        required: [
            "type": .text, "loc": .list(of: .any(of: .text, .whole)), "msg": .text, "input": .json,
        ])
}
