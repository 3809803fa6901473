import Bundles
import Domain
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import Orchestration

/// The one place where errors become answers.
struct ErrorResponses: RouterMiddleware {
    typealias Context = RESTContext

    let table: RouteTable

    func handle(
        _ request: Request, context: RESTContext, next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return .problem(problem.status, problem.detail)
        } catch is Unauthorized {
            return .exception(.unauthorized, "Unauthorized")
        } catch let invalid as InvalidBody {
            return .invalid(invalid)
        } catch let error as BundleError {
            return .problem(Self.status(of: error), error.description)
        } catch let error as HTTPError where error.status == .notFound {
            return unknown(request)
        } catch let error as any HTTPResponseError {
            return .problem(error.status, error.status.reasonPhrase)
        } catch {
            return Self.response(to: UseCaseFailure(error), context.logger)
        }
    }

    /// Nothing is at that path, or not with that method.
    private func unknown(_ request: Request) -> Response {
        let methods = table.methods(of: request.uri.path)
        guard !methods.isEmpty else { return .problem(.notFound, "Not Found") }
        var response = Response.problem(.methodNotAllowed, "Method Not Allowed")
        response.headers[.allow] = methods.map(\.rawValue).joined(separator: ", ")
        return response
    }

    private static func response(to failure: UseCaseFailure, _ logger: Logger) -> Response {
        switch failure {
        case .refused(let error): return .problem(status(of: error), error.description)
        case .illegal(let error): return .problem(.conflict, error.description)
        case .overtaken(let message): return .problem(.conflict, message)
        case .unavailable(let message):
            logger.error("storage is unavailable", metadata: ["error": "\(message)"])
            var response = Response.exception(.serviceUnavailable, message)
            response.headers[.retryAfter] = "1"
            return response
        case .full(let message):
            logger.error("no room to store", metadata: ["error": "\(message)"])
            return .exception(.insufficientStorage, message)
        case .fault(let message):
            logger.error("a request could not be answered", metadata: ["error": "\(message)"])
            return .exception(.internalServerError, "Internal Server Error")
        }
    }

    private static func status(of error: OrchestrationError) -> HTTPResponse.Status {
        switch error {
        case .notFound: .notFound
        // Prefect's server says conflict when parameters break a schema.
        case .conflict, .invalidParameters, .missingParameter: .conflict
        case .invalid, .invalidBatchLine: .unprocessableContent
        case .gone: .gone
        case .forbidden: .forbidden
        case .badReference: .badRequest
        case .tooLarge: .contentTooLarge
        case .refusedSpeaker: .forbidden
        }
    }

    private static func status(of error: BundleError) -> HTTPResponse.Status {
        switch error {
        case .tooLarge, .archiveTooLarge, .tooManyEntries: .contentTooLarge
        case .notAFolder, .unsupportedFile, .changedWhilePacking, .linkLeadsOutside, .unsafePath, .digestMismatch,
            .truncated, .badChecksum, .malformed, .duplicate, .unsupportedEntry, .targetExists, .noFolder:
            .unprocessableContent
        case .system: .serviceUnavailable
        }
    }
}

extension HTTPResponse.Status {
    /// RFC 4918, section 11.5.
    static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
}

extension Response {
    /// A refusal, in the form of Prefect's server.
    fileprivate static func problem(_ status: HTTPResponse.Status, _ detail: String) -> Response {
        .json(["detail": .string(detail)], status)
    }

    /// A failure, in the form of Prefect's server.
    fileprivate static func exception(_ status: HTTPResponse.Status, _ message: String) -> Response {
        .json(["exception_message": .string(message)], status)
    }

    fileprivate static func invalid(_ invalid: InvalidBody) -> Response {
        .json(
            [
                "exception_message": "Invalid request received.", "exception_detail": .array(invalid.details),
                "request_body": invalid.body,
            ], .unprocessableContent)
    }
}
