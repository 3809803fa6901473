import Domain
import HTTPClient
import JSON
import Orchestration
import RESTAPI
import Secrets
import TestSupport
import Testing

/// Doors for somebody else's servers.
@Suite struct HookTests {
    private static let secret = "It's a Secret to Everybody"
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func sign(_ text: String) -> String {
        hex(SharedSecret.tag(of: [Array(text.utf8)], by: Array(secret.utf8)))
    }

    private static func body(_ scheme: String, _ more: JSONObject = [:]) -> JSONValue {
        let body: JSONObject = [
            "name": "door", "signature": ["scheme": .string(scheme), "secret": .string(secret)],
            "event": ["name": "lab.{{ body.kind }}", "resource": "lab.{{ query.place }}"],
        ]
        return .object(body.merging(more))
    }

    private func events(_ server: TestServer, _ name: String) async throws -> [JSONValue] {
        let filter: JSONValue = ["filter": ["event": ["name": [.string(name)]], "order": "ASC"]]
        return try await server.post("/api/events/filter", filter).json["events"]?.arrayValue ?? []
    }

    /// Sends a delivery as GitHub does.
    private static func push(
        _ text: String, id: String, _ signature: String, to server: TestServer
    ) async throws -> Answer {
        try await server.send(
            .post, "/api/hooks/door?place=here", .text(text),
            [
                "Content-Type": "application/json", "X-GitHub-Delivery": id, "Authorization": "Bearer x",
                "X-Hub-Signature-256": "sha256=\(signature)",
            ])
    }

    /// The example of GitHub's documentation.
    @Test func theTagIsTheOneOfGitHubsDocumentation() {
        #expect(
            Self.sign("Hello, World!") == "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
    }

    @Test func aSignedDeliveryIsAnEventAndStartsARunOnce() async throws {
        try await withServer { server in
            let deployment = try await server.deploy(more: [
                "parameter_openapi_schema": ["type": "object", "properties": ["n": ["type": "integer"]]],
                "enforce_parameter_schema": true,
            ])
            let more: JSONObject = [
                "deployment_id": .string(deployment), "parameters": ["n": "{{ body.n }}"],
            ]
            let made = try await server.post("/api/webhooks", Self.body("github", more))
            #expect(made.status == 201 && made.json["secret"] == .null, "\(made)")
            func deliver(_ text: String, id: String, signature: String? = nil) async throws -> Answer {
                try await Self.push(text, id: id, signature ?? Self.sign(text), to: server)
            }
            let text = #"{"kind": "push", "n": 7}"#
            let first = try await deliver(text, id: "1")
            #expect(first.status == 202 && first.json["is_new"] == true, "\(first)")
            let again = try await deliver(text, id: "1")
            #expect(again.status == 202 && again.json["is_new"] == false)
            #expect(again.json["flow_run_id"] == first.json["flow_run_id"])
            let run = try await server.get("/api/flow_runs/\(first.json["flow_run_id"]?.stringValue ?? "")").json
            #expect(run["parameters"] == ["n": 7] && run["created_by"]?["display_value"] == "door")
            let told = try await events(server, "lab.push")
            #expect(told.count == 1 && told.first?["resource"]?["prefect.resource.id"] == "lab.here")
            let headers = told.first?["payload"]?["headers"]
            #expect(headers?["x-github-delivery"] == "1")
            #expect(headers?["authorization"] == nil && headers?["x-hub-signature-256"] == nil)
            #expect(try await server.post("/api/flow_runs/count", [:]).json == 1)
            for wrong in [Self.sign("other"), "00", ""] {
                let refused = try await deliver(text, id: "2", signature: wrong)
                #expect(refused.status == 401, "\(refused)")
            }
            #expect(try await deliver(#"{"kind": "push", "n": "x"}"#, id: "3").status == 409, "no such parameters")
            #expect(try await events(server, "lab.push").count == 1, "what is refused is not told")
            #expect(try await server.post("/api/flow_runs/count", [:]).json == 1)
        }
    }

    @Test func timesAreLookedAt() async throws {
        try await withServer { server in
            #expect(try await server.post("/api/webhooks", Self.body("slack")).status == 201)
            func deliver(_ text: String, at seconds: Int64) async throws -> Answer {
                try await server.send(
                    .post, "/api/hooks/door", .text(text),
                    [
                        "X-Slack-Request-Timestamp": "\(seconds)",
                        "X-Slack-Signature": "v0=\(Self.sign("v0:\(seconds):\(text)"))",
                    ])
            }
            let now = server.clock.time.microseconds / 1_000_000
            let text = #"{"kind": "message", "event_id": "E1"}"#
            #expect(try await deliver(text, at: now - 299).json["is_new"] == true)
            #expect(try await deliver(text, at: now).json["is_new"] == false, "the same event")
            #expect(try await deliver(text, at: now - 302).status == 401)
            #expect(try await deliver(text, at: now + 302).status == 401)
            let greeting = try await deliver(#"{"type": "url_verification", "challenge": "c"}"#, at: now)
            #expect(greeting.status == 200 && greeting.json == ["challenge": "c"])
        }
    }

    @Test func aDeliveryThatIsSignedAsStripeSignsIsTakenOnceAndInItsTime() async throws {
        try await withServer { server in
            let made = try await server.post("/api/webhooks", Self.body("stripe"))
            #expect(made.status == 201)
            func deliver(_ text: String, at seconds: Int64, _ given: [String]? = nil) async throws -> Answer {
                let tags = given ?? [Self.sign("\(seconds).\(text)")]
                let signature = "t=\(seconds)," + tags.map { "v1=\($0)" }.joined(separator: ",") + ",v0=00"
                return try await server.send(
                    .post, "/api/hooks/door?place=shop", .text(text),
                    ["Content-Type": "application/json", "Stripe-Signature": signature])
            }
            let now = server.clock.time.microseconds / 1_000_000
            let (text, other) = (#"{"id": "evt_1", "kind": "paid"}"#, #"{"id": "evt_2", "kind": "paid"}"#)
            let first = try await deliver(text, at: now)
            let again = try await deliver(text, at: now)
            #expect(first.json["is_new"] == true && again.json["is_new"] == false, "the same event")
            // While secrets are changed, there are two signatures.
            let both = [String(repeating: "0", count: 64), Self.sign("\(now).\(other)")]
            let second = try await deliver(other, at: now, both)
            #expect(second.json["is_new"] == true)
            let forged = try await deliver(#"{"id": "evt_3"}"#, at: now, [Self.sign("\(now).\(text)")])
            let late = try await deliver(#"{"id": "evt_4"}"#, at: now - 302)
            #expect(forged.status == 401 && late.status == 401)
            let told = try await events(server, "lab.paid")
            #expect(told.count == 2)
        }
    }

    @Test func hooksAreKeptWithoutShowingTheirSecrets() async throws {
        try await withServer { server in
            let made = try await server.post(
                "/api/webhooks", ["name": "made-up", "signature": ["scheme": "hmac", "header": "X-Mine"]])
            let secret = try #require(made.json["secret"]?.stringValue)
            #expect(secret.utf8.count == 64)
            let shown = try await server.get("/api/webhooks/made-up")
            #expect(!shown.text.contains(secret) && shown.json["signature"]?["header"] == "X-Mine")
            let sealed = try await server.orchestrator.hook(named: "made-up").sealedSecret
            #expect(!sealed.isEmpty && !String(decoding: sealed, as: UTF8.self).contains(secret))
            func deliver() async throws -> Int {
                let tag = SharedSecret.tag(of: [Array("x".utf8)], by: Array(secret.utf8))
                return try await server.send(.post, "/api/hooks/made-up", .text("x"), ["X-Mine": Self.hex(tag)]).status
            }
            #expect(try await deliver() == 202)
            let other: JSONValue = [
                "name": "made-up", "signature": ["scheme": "hmac", "header": "X-Mine"], "description": "d",
            ]
            let replaced = try await server.json(.put, "/api/webhooks/made-up", other)
            #expect(replaced.status == 200 && replaced.json["secret"] == .null && replaced.json["description"] == "d")
            #expect(try await deliver() == 202, "its secret stays")
            #expect(try await server.json(.patch, "/api/webhooks/made-up", ["enabled": false]).json["enabled"] == false)
            #expect(try await deliver() == 404)
            #expect(try await server.post("/api/webhooks", other).status == 409)
            #expect(try await server.post("/api/webhooks/filter", [:]).json.arrayValue?.count == 1)
            #expect(try await server.send(.delete, "/api/webhooks/made-up").status == 204)
            #expect(try await server.get("/api/webhooks/made-up").status == 404)
            #expect(try await server.send(.post, "/api/hooks/made-up", .text("x")).status == 404)
        }
    }

    @Test func aHookIsRehearsed() async throws {
        try await withServer { server in
            let created = try await server.post(
                "/api/webhooks", Self.body("stripe", ["delivery_id": "{{ headers['x-id'] }}"]))
            #expect(created.status == 201, "\(created)")
            let rehearsal: JSONValue = [
                "body": ["kind": "paid"], "headers": ["X-Id": "7"], "query": ["place": "till"],
            ]
            let reading = try await server.post("/api/webhooks/door/rehearse", rehearsal)
            #expect(
                reading.json == [
                    "delivery_id": "7", "event": ["name": "lab.paid", "resource": "lab.till"], "deployment_id": .null,
                    "parameters": [:],
                ], "\(reading)")
            #expect(try await events(server, "lab.paid").isEmpty)
        }
    }

    @Test func sendersNeedNoCredentialsAndOthersDo() async throws {
        let guarded: @Sendable (inout RESTConfiguration) -> Void = { $0.authString = AuthString("admin:pw") }
        try await withServer(guarded) { server in
            var admin = server
            admin.authorization = .basic(user: "admin", password: "pw")
            let body: JSONValue = ["name": "open", "signature": ["scheme": "none"]]
            #expect(try await server.post("/api/webhooks", body).status == 401)
            #expect(try await admin.post("/api/webhooks", body).status == 201)
            let form = try await server.send(
                .post, "/api/hooks/open", .text("payload=%7B%22a%22%3A1%7D&b=x+y"),
                ["Content-Type": "application/x-www-form-urlencoded"])
            #expect(form.status == 202)
            let told = try await events(admin, "sluice.hook.received")
            #expect(told.first?["payload"]?["body"] == ["payload": ["a": 1], "b": "x y"])
            #expect(try await server.get("/api/hooks/open").status == 401)
            let large = try await server.send(
                .post, "/api/hooks/open", .bytes([UInt8](repeating: 65, count: Hook.largestBody + 1)))
            #expect(large.status == 413)
        }
    }

    @Test(
        arguments: [
            ["name": "a/b", "signature": ["scheme": "none"]], ["name": "", "signature": ["scheme": "none"]],
            ["name": "a", "signature": ["scheme": "md5"]], ["name": "a"],
            ["name": "a", "signature": ["scheme": "none", "secret": "12345678"]],
            ["name": "a", "signature": ["scheme": "hmac", "secret": "short"]],
            ["name": "a", "signature": ["scheme": "hmac", "header": "X Y"]],
            ["name": "a", "signature": ["scheme": "none"], "event": ["name": "{{ x"]],
            ["name": "a", "signature": ["scheme": "none"], "delivery_id": "{% if %}"],
        ] as [JSONValue])
    func whatMakesNoSenseIsRefused(_ body: JSONValue) async throws {
        try await withServer { server in
            let refused = try await server.post("/api/webhooks", body)
            #expect(refused.status == 422)
            #expect(try await server.post("/api/webhooks/filter", [:]).json == [])
        }
    }
}
