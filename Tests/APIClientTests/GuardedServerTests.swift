import HTTPClient
import JSON
import Synchronization
import TestSupport
import Testing

@testable import APIClient

/// Servers that want to know who calls, and servers with CSRF protection.
@Suite struct GuardedServerTests {
    @Test func theAuthStringIsShownWithEveryCall() async throws {
        let server = try CannedServer { _ in CannedAnswer(200, "[]") }
        _ = try await APIConnection(url: server.url, authString: "admin:a:b").call(.get, "/x")
        #expect(server.requests.map { $0.headers["authorization"] } == ["Basic YWRtaW46YTpi"])
    }

    @Test func aTokenIsFetchedWhenChangesNeedOneAndAgainWhenItHasExpired() async throws {
        let server = try Self.protected(by: ["t1", "t2"])
        let connection = APIConnection(url: server.url)
        for number in 1...3 { _ = try await connection.call(.post, "/flows/", ["n": JSONValue(number)]) }
        #expect(
            server.requests.map(Self.line) == [
                "POST /api/flows/ -", "GET /api/csrf-token -", "POST /api/flows/ t1", "POST /api/flows/ t1",
                "POST /api/flows/ t1", "GET /api/csrf-token -", "POST /api/flows/ t2",
            ])
        #expect(server.requests.filter { $0.method == "POST" }.map(\.body).last == #"{"n":3}"#)
    }

    @Test func whatCannotBeSentTwiceAsksForATokenFirst() async throws {
        for (tokens, shown) in [(["t1"], "t1"), ([], "-")] {
            let server = try Self.protected(by: tokens)
            let connection = APIConnection(url: server.url)
            _ = try? await connection.submitBatch(flow: "f", deployment: "d", name: nil) { rows in
                try await rows.append([:])
            }
            #expect(
                server.requests.map(Self.line) == [
                    "GET /api/csrf-token -", "POST /api/batches?deployment=f/d \(shown)",
                ])
        }
    }

    private static func line(_ request: CannedRequest) -> String {
        let path = request.path.split(separator: "?client=")[0]
        return "\(request.method) \(path) \(request.headers["prefect-csrf-token"] ?? "-")"
    }

    /// A server whose tokens are good for two changes each; without any, it wants none.
    private static func protected(by tokens: [String]) throws -> CannedServer {
        let given = Given(tokens)
        return try CannedServer { request in
            if request.path.hasPrefix("/api/csrf-token") {
                guard let token = given.next() else {
                    return CannedAnswer(422, #"{"detail": "CSRF protection is disabled."}"#)
                }
                return CannedAnswer(200, #"{"token": "\#(token)"}"#)
            }
            return switch given.use(request.headers["prefect-csrf-token"]) {
            case _ where tokens.isEmpty: CannedAnswer(200, "{}")
            case nil: CannedAnswer(403, #"{"detail": "Missing CSRF token."}"#)
            case false?: CannedAnswer(403, #"{"detail": "Invalid CSRF token or client identifier."}"#)
            case true?: CannedAnswer(200, "{}")
            }
        }
    }
}

private final class Given: Sendable {
    private let state: Mutex<(waiting: [String], uses: Int)>

    init(_ tokens: [String]) { state = Mutex((tokens, 0)) }

    func next() -> String? {
        state.withLock { state in
            state.uses = 0
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
    }

    /// Whether the token is good still; nil without one.
    func use(_ token: String?) -> Bool? {
        guard token != nil else { return nil }
        return state.withLock { state in
            state.uses += 1
            return state.uses <= 2
        }
    }
}
