import HTTPTypes
import Hummingbird

/// Refuses clients of an API that is too old to be served, as Prefect's server does. Who does not say which API they
/// speak is served.
struct VersionCheck: RouterMiddleware {
    typealias Context = RESTContext

    private static let oldest = [0, 8, 0]

    func handle(
        _ request: Request, context: RESTContext, next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        if let name = HTTPField.Name("X-PREFECT-API-VERSION"), let version = request.headers[name] {
            try Self.check(version)
        }
        return try await next(request, context)
    }

    private static func check(_ version: String) throws(Problem) {
        let parts = version.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard parts.count == 3, parts.allSatisfy({ $0 >= 0 }) else {
            throw Problem(
                .badRequest,
                "Invalid X-PREFECT-API-VERSION header format. Expected header in format 'x.y.z' but got '\(version)'")
        }
        guard !parts.lexicographicallyPrecedes(oldest) else {
            throw Problem(
                .badRequest,
                "The request specified API version \(version) but this server requires version 0.8.0 or higher.")
        }
    }
}
