import Domain
import HTTPClient
import JSON
import Orchestration
import TestSupport
import Testing

@Suite struct DeliveryRouteTests {
    private struct Refusing: Messenger {
        func send(_ message: OutwardMessage) async throws -> OutwardAnswer { OutwardAnswer(status: 403, body: "no") }
        func send(_ mail: OutwardMail) async throws {}
    }

    private struct Nothing: ResourcePortraits {
        let pages = ""
        func portrait(of kind: EventResourceKind, id: String) async throws -> JSONObject? { nil }
    }

    /// A webhook's message that is refused once the runner is called.
    private func letter(_ server: TestServer) async throws -> ActionRunner {
        try await server.orchestrator.installSystemBlocks()
        let type = try await server.get("/api/block_types/slug/webhook").json["id"] ?? .null
        let schemas = try await server.post(
            "/api/block_schemas/filter", ["block_schemas": ["block_type_id": ["any_": [type]]]])
        let block = try await server.post(
            "/api/block_documents/",
            [
                "name": "hook", "block_type_id": type, "block_schema_id": schemas.json[0]?["id"] ?? .null,
                "data": ["url": "http://127.0.0.1/x"],
            ])
        let made = try await server.post(
            "/api/automations/",
            [
                "name": "calls", "trigger": ["posture": "Reactive", "expect": ["lab.thing"]],
                "actions": [["type": "call-webhook", "block_document_id": block.json["id"] ?? .null]],
            ])
        #expect(made.status == 201, "\(made)")
        let event: JSONValue = [
            "id": "01a1fbdd-5e19-7d24-b32f-3f1de5513202", "occurred": "2026-01-01T00:00:00Z", "event": "lab.thing",
            "resource": ["prefect.resource.id": "lab.1"],
        ]
        #expect(try await server.post("/api/events", [event]).status == 204)
        return ActionRunner(server.orchestrator, .outward, messenger: Refusing(), portraits: Nothing())
    }

    @Test func aDeadLetterIsShownSentAgainAndDropped() async throws {
        try await withServer { server in
            let runner = try await letter(server)
            let list = "/api/automations/deliveries/filter"
            #expect(try await server.post(list, ["state": "WAITING"]).json.arrayValue?.count == 1)
            #expect(try await server.post(list, ["state": "DEAD"]).json == [])
            _ = try await runner.tick(at: server.clock.time)
            let dead = try #require(try await server.post(list, ["state": "DEAD"]).json[0])
            #expect(dead["automation_name"] == "calls" && dead["tries"] == 1 && dead["due"] == .null)
            #expect(dead["reason"] == "Webhook call failed: the service answered 403")
            #expect(dead["event"]?["event"] == "lab.thing" && dead["action"]?["type"] == "call-webhook")
            let path = "/api/automations/deliveries/\(dead["id"]?.stringValue ?? "")"
            #expect(try await server.get(path).json == dead)
            let again = try await server.post(path + "/retry")
            #expect(again.status == 202 && again.json["state"] == "WAITING" && again.json["tries"] == 0)
            _ = try await runner.tick(at: server.clock.time)
            #expect(try await server.get(path).json["state"] == "DEAD")
            #expect(try await server.send(.delete, path).status == 204)
            for status in [
                try await server.get(path).status, try await server.post(path + "/retry").status,
                try await server.send(.delete, path).status,
            ] { #expect(status == 404) }
            #expect(try await server.post(list, ["state": "LOST"]).status == 422)
        }
    }

    @Test func eventsAreFollowed() async throws {
        try await withServer { server in
            let stream = try await server.session.stream(
                HTTPRequest(.get, server.base + "/api/events/follow?event=lab.*&since=2025-01-01T00%3A00%3A00Z"))
            #expect(stream.head.status == 200)
            for name in ["other.thing", "lab.thing"] {
                let event: JSONValue = [
                    "id": .string("\(server.orchestrator.surroundings.newID(Event.self))"),
                    "occurred": "2026-01-01T00:00:00Z", "event": .string(name),
                    "resource": ["prefect.resource.id": "lab.1"],
                ]
                #expect(try await server.post("/api/events", [event]).status == 204)
            }
            var told: [JSONValue] = []
            for try await line in stream.lines where line.hasPrefix("data: ") {
                told.append(try JSONValue(parsing: String(line.dropFirst(6))))
                break
            }
            stream.cancel()
            #expect(told.first?["event"] == "lab.thing")
            #expect(try await server.get("/api/events/follow?since=yesterday").status == 422)
        }
    }
}
