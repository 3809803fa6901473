import HTTPTypes
import Hummingbird
import Orchestration

/// Refuses changes without the token that their client was given (CSRF protection), as Prefect's server does.
struct ClientTokenCheck: RouterMiddleware {
    typealias Context = RESTContext

    private static let harmless: Set<HTTPRequest.Method> = [.get, .head, .options]

    let tokens: ClientTokens
    let orchestrator: Orchestrator

    func handle(
        _ request: Request, context: RESTContext, next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        if !Self.harmless.contains(request.method), !HookDoor.isOne(request) { try check(request.headers) }
        return try await next(request, context)
    }

    private func check(_ headers: HTTPFields) throws(Problem) {
        guard let token = headers["Prefect-Csrf-Token"] else { throw Problem(.forbidden, "Missing CSRF token.") }
        guard let client = headers["Prefect-Csrf-Client"] else {
            throw Problem(.forbidden, "Missing client identifier.")
        }
        guard tokens.isGood(token, of: client, at: orchestrator.now) else {
            throw Problem(.forbidden, "Invalid CSRF token or client identifier.")
        }
    }
}

extension HTTPFields {
    fileprivate subscript(name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}
