import Domain
import HTTPTypes
import Hummingbird
import Logging
import Orchestration

/// Counts and times requests, and logs each.
struct RequestRecorder: RouterMiddleware {
    typealias Context = RESTContext

    let metrics: RequestMetrics
    let surroundings: Surroundings

    func handle(
        _ request: Request, context: RESTContext, next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        let start = surroundings.now
        let response = try await next(request, context)
        let duration = surroundings.now - start
        let route = context.endpointPath ?? "NotFound"
        metrics.record(method: request.method, route: route, status: response.status.code, duration)
        context.logger.debug(
            "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)", "status": "\(response.status.code)",
                "microseconds": "\(duration.wholeMicroseconds)",
            ])
        return response
    }
}
