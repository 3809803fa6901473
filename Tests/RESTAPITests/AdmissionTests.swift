import Domain
import HTTPClient
import JSON
import Orchestration
import RESTAPI
import Secrets
import TestSupport
import Testing

/// Servers with an auth string, as Prefect's have it.
@Suite struct AdmissionTests {
    private static let unauthorized: JSONValue = ["exception_message": "Unauthorized"]

    private func withGuardedServer(_ body: @Sendable @escaping (TestServer) async throws -> Void) async throws {
        try await withServer({ $0.authString = AuthString("sluice:pass:word") }, body)
    }

    private func ask(
        _ server: TestServer, _ method: HTTPMethod = .get, path: String = "/api/admin/version",
        as who: HTTPAuthorization? = nil
    ) async throws -> HTTPResponse {
        try await server.session.send(HTTPRequest(method, server.base + path, authorization: who))
    }

    @Test func onlyWhoShowsItCallsTheAPI() async throws {
        try await withGuardedServer { server in
            let strangers: [HTTPAuthorization?] = [
                nil, .basic(user: "sluice", password: ""), .basic(user: "sluice", password: "pass:wor"),
                .basic(user: "sluice", password: "pass:word2"), .bearer("sluic"), .bearer("admin:pw"),
            ]
            for path in ["/api/admin/version", "/api/version", "/api/hello", "/api/nothing", "/metrics", "/api/sluice"]
            {
                for stranger in strangers {
                    let answer = try await ask(server, path: path, as: stranger)
                    #expect(answer.status == 401, "\(path)")
                    #expect(try JSONValue(parsing: answer.body) == Self.unauthorized)
                }
            }
            #expect(try await ask(server, .post, path: "/api/flows/filter").status == 401)
            #expect(try await ask(server, .post, path: "/api/health").status == 401)
            for known in [HTTPAuthorization.basic(user: "sluice", password: "pass:word"), .bearer("sluice:pass:word")] {
                #expect(try await ask(server, as: known).status == 200)
                #expect(try await ask(server, .post, path: "/api/flows/filter", as: known).status == 200)
                #expect(try await ask(server, path: "/api/nothing", as: known).status == 404)
            }
        }
    }

    @Test func probesNeedNothingAndSettingsTellNothing() async throws {
        try await withGuardedServer { server in
            #expect(try await server.get("/api/health").json == true)
            #expect(try await server.get("/api/ready").json == ["message": "OK"])
            let settings = try await ask(
                server, path: "/api/admin/settings", as: .basic(user: "sluice", password: "pass:word"))
            #expect(!settings.text.contains("pass:word"))
            #expect(try JSONValue(parsing: settings.body)["server"]?["api"]?["auth_string"] == "********")
        }
    }

    @Test func attemptsComeInForAsLongAsTheyLast() async throws {
        try await withGuardedServer { server in
            let orchestrator = server.orchestrator
            var known = server
            known.authorization = .basic(user: "sluice", password: "pass:word")
            let head = try await known.attemptUnderWay()
            let credential = head.credential
            let owns: [HTTPAuthorization] = [
                .basic(user: "sluice", password: String(credential.dropFirst("sluice:".count))), .bearer(credential),
            ]
            for own in owns { #expect(try await ask(server, as: own).status == 200) }
            let end = AttemptReport(
                name: head.name, sequence: 1, fact: .ended(AttemptEnd(.exited(code: 0), at: orchestrator.now)))
            #expect(try await orchestrator.take([end], from: head.agent) == [.taken(through: 1)])
            for own in owns { #expect(try await ask(server, as: own).status == 403, "not even to read") }
        }
    }

    @Test func webSocketsAreGuardedToo() async throws {
        try await withGuardedServer { server in
            let paths = ["events/in", "events/out", "logs/out", "task_runs/subscriptions/scheduled"]
            for path in paths.map({ "/api/\($0)" }) {
                for (token, reason) in [
                    (JSONValue.null, "Auth required but no token provided"),
                    ("", "Auth required but no token provided"),
                    ("admin:pw", "Invalid token"),
                ] {
                    let stranger = try await WebSocketClient(server, path)
                    stranger.send(["type": "auth", "token": token])
                    #expect(try await stranger.next() == .close(1008, reason), "\(path)")
                }
                let known = try await WebSocketClient(server, path)
                known.send(["type": "auth", "token": "sluice:pass:word"])
                #expect(try await known.next() == .text(["type": "auth_success"]))
                let silent = try await WebSocketClient(server, path, protocols: nil)
                #expect(silent.answer.hasPrefix("HTTP/1.1 401"))
            }
        }
    }

    @Test(arguments: ["", ":", "user", "user:", ":password"])
    func `An auth string has a user and a password`(text: String) {
        #expect(AuthString(text) == nil)
    }
}

/// Servers that want a token with each change, as Prefect's can.
@Suite struct ClientTokenTests {
    private func withTokens(_ body: @Sendable @escaping (TestServer) async throws -> Void) async throws {
        let key = try #require(SecretKey([UInt8](repeating: 7, count: SecretKey.size)))
        try await withServer({ $0.clientTokens = ClientTokens(key, lifetime: .seconds(3600)) }, body)
    }

    private func change(_ server: TestServer, _ token: String?, _ client: String?) async throws -> Answer {
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        headers["Prefect-Csrf-Token"] = token
        headers["Prefect-Csrf-Client"] = client
        return try await server.send(.post, "/api/flows/", .text(#"{"name": "f"}"#), headers)
    }

    @Test func changesNeedTheTokenOfTheirClient() async throws {
        try await withTokens { server in
            let given = try await server.get("/api/csrf-token?client=a%20b")
            #expect(given.status == 200)
            #expect(
                Set(given.json.objectValue?.keys.map { "\($0)" } ?? []) == [
                    "id", "created", "updated", "token", "client", "expiration",
                ])
            let token = try #require(given.json["token"]?.stringValue)
            #expect(token.count == 64)
            #expect(given.json["client"] == "a b")
            #expect(given.json["expiration"] == (server.clock.time + .seconds(3600)).json)
            for (shown, client, detail) in [
                (nil, "a b", "Missing CSRF token."), (token, nil, "Missing client identifier."),
                (token, "b", "Invalid CSRF token or client identifier."),
                ("ffffffffffffffff" + token.dropFirst(16), "a b", "Invalid CSRF token or client identifier."),
                ("", "a b", "Invalid CSRF token or client identifier."),
                ("é", "a b", "Invalid CSRF token or client identifier."),
            ] as [(String?, String?, String)] {
                let answer = try await change(server, shown, client)
                #expect(answer.status == 403)
                #expect(answer.detail == detail)
            }
            #expect(try await change(server, token, "a b").status == 201)
            #expect(try await server.get("/api/flows/name/f").status == 200, "who only asks needs none")
            server.clock.advance(by: .seconds(3600))
            #expect(try await change(server, token, "a b").status == 403, "it has expired")
        }
    }

    @Test func whoNamesNoClientIsGivenNone() async throws {
        try await withTokens { server in
            let answer = try await server.get("/api/csrf-token")
            #expect(answer.status == 422)
            #expect(answer.json["exception_detail"]?.arrayValue?.first?["loc"] == ["query", "client"])
        }
        try await withServer { server in
            let answer = try await server.get("/api/csrf-token?client=a")
            #expect(answer.status == 422)
            #expect(answer.detail == "CSRF protection is disabled.")
        }
    }
}
