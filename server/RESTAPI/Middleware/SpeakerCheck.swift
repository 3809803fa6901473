import Domain
import HTTPTypes
import Hummingbird
import Orchestration

/// Lets nobody call the API who may not, and knows which attempt makes a request, by the credential that it shows as
/// Prefect's clients do. What an attempt says that has ended is refused.
struct SpeakerCheck: RouterMiddleware {
    typealias Context = RESTContext

    /// What probes ask for, which know no secrets.
    private static let open: Set<String> = ["/api/health", "/api/ready"]

    let orchestrator: Orchestrator
    let door: Admission

    func handle(
        _ request: Request, context: RESTContext, next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        let isQuestion = request.method == .get || request.method == .head
        if isQuestion, Self.open.contains(request.uri.path) { return try await next(request, context) }
        if HookDoor.isOne(request) { return try await next(request, context) }
        var context = context
        context.speaker = try await door.speaker(showing: request.headers[.authorization].flatMap(Self.token))
        // Who only asks changes nothing.
        if !isQuestion { try await orchestrator.requireLiving(context.speaker) }
        return try await next(request, context)
    }

    /// What stands behind `Bearer`, or as text behind `Basic`.
    private static func token(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return switch parts[0].lowercased() {
        case "bearer": String(parts[1])
        case "basic": Radix64Text.text(parts[1])
        default: nil
        }
    }
}
