import Domain
import JSON
import TestSupport
import Testing

/// What Prefect's clients do over WebSockets, and what no proper client does.
@Suite struct WebSocketTests {
    private static let ofTheLab: JSONValue = ["filter": ["event": ["prefix": ["lab."]]]]
    private static let ids = (1...9).map { "01a1fbd3-a2f0-7139-ab49-cb91fac9f23\($0)" }

    private func event(
        _ number: Int, _ name: String = "lab.thing", at time: Timestamp, about: String = "lab.1"
    ) -> JSONValue {
        [
            "id": .string(Self.ids[number]), "occurred": time.json, "event": .string(name),
            "resource": ["prefect.resource.id": .string(about)], "related": [], "payload": ["n": number.json],
        ]
    }

    private func told(_ frame: WebSocketClient.Frame) -> String? {
        guard case .text(let value) = frame else { return nil }
        return value["event"]?["id"]?.stringValue
    }

    @Test func aPongMeansThatAllBeforeItIsStored() async throws {
        try await withServer { server in
            let client = try await WebSocketClient.greeted(server, "/api/events/in")
            #expect(client.answer.lowercased().contains("sec-websocket-protocol: prefect"))
            #expect(client.answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
            for number in 0..<5 { client.send(event(number, at: server.clock.time)) }
            client.send(opcode: 9, Array("checkpoint".utf8))
            #expect(try await client.next() == .pong("checkpoint"))
            let page = try await server.post("/api/events/filter", Self.ofTheLab)
            #expect(page.json["total"] == 5)
            client.send(opcode: 8, [3, 232])
            #expect(try await client.next() == .close(1000, ""))
        }
    }

    @Test func eventsAreToldOnceBeforeAndAfterTheyHappen() async throws {
        try await withServer { server in
            _ = try await server.post("/api/events", [event(0, at: server.clock.time)])
            let client = try await WebSocketClient.greeted(server, "/api/events/out")
            let since = server.clock.time - .seconds(60)
            client.send([
                "type": "filter", "filter": ["occurred": ["since": since.json], "event": ["prefix": ["lab."]]],
            ])
            #expect(told(try await client.next()) == Self.ids[0])
            _ = try await server.post(
                "/api/events", [event(0, at: server.clock.time), event(1, at: server.clock.time)])
            #expect(told(try await client.next()) == Self.ids[1])
            _ = try await server.post("/api/events", [event(2, at: server.clock.time)])
            #expect(told(try await client.next()) == Self.ids[2])
        }
    }

    @Test func statesOfRunsAreEvents() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            let client = try await WebSocketClient.greeted(server, "/api/events/out")
            let about: JSONValue = .string("prefect.flow-run.\(run)")
            client.send(["type": "filter", "filter": ["any_resource": ["id": [about]]]])
            guard case .text(let first) = try await client.next() else {
                Issue.record("nothing was told")
                return
            }
            #expect(first["event"]?["event"] == "prefect.flow-run.Scheduled")
            #expect(first["event"]?["related"]?.arrayValue?.first?["prefect.resource.name"] == "etl")
            _ = try await server.post("/api/flow_runs/\(run)/set_state", ["state": ["type": "CANCELLING"]])
            guard case .text(let second) = try await client.next() else { return }
            #expect(second["event"]?["event"] == "prefect.flow-run.Cancelled")
            #expect(second["event"]?["follows"] == first["event"]?["id"])
        }
    }

    @Test func wrongWordsCloseWithACode() async throws {
        try await withServer { server in
            let hasty = try await WebSocketClient(server, "/api/events/out")
            hasty.send(["type": "filter", "filter": [:]])
            #expect(try await hasty.next() == .close(1008, "Expected 'auth' message"))
            let confused = try await WebSocketClient.greeted(server, "/api/events/out")
            confused.send(["type": "auth"])
            #expect(try await confused.next() == .close(1002, "Expected 'filter' message"))
            let lost = try await WebSocketClient.greeted(server, "/api/task_runs/subscriptions/scheduled")
            lost.send(["type": "hello"])
            #expect(
                try await lost.next() == .close(4001, "Protocol violation: expected 'subscribe' message"))
            for (opcode, bytes, code) in [(1, Array("{".utf8), 1007), (2, [0], 1003), (3, [], 1002), (0, [], 1002)] {
                let client = try await WebSocketClient.greeted(server, "/api/events/in")
                client.send(opcode: UInt8(opcode), bytes)
                guard case .close(let answer, _) = try await client.next() else {
                    Issue.record("not closed")
                    return
                }
                #expect(answer == code, "opcode \(opcode)")
            }
        }
    }

    @Test func messagesMayComeInPieces() async throws {
        try await withServer { server in
            let client = try await WebSocketClient.greeted(server, "/api/events/in")
            let bytes = event(0, at: server.clock.time).serializedBytes()
            client.send(opcode: 1, Array(bytes.prefix(10)), isLast: false)
            client.send(opcode: 9, [])
            client.send(opcode: 0, Array(bytes.dropFirst(10).prefix(10)), isLast: false)
            client.send(opcode: 0, Array(bytes.dropFirst(20)))
            client.send(opcode: 9, Array("b".utf8))
            #expect(try await client.next() == .pong(""))
            #expect(try await client.next() == .pong("b"))
            #expect(try await server.post("/api/events/filter", Self.ofTheLab).json["total"] == 1)
        }
    }

    @Test func onlyOwnPagesAndKnownPathsOpenOne() async throws {
        try await withServer { server in
            let stranger = try await WebSocketClient(server, "/api/events/out", origin: "https://evil.example")
            #expect(stranger.answer.hasPrefix("HTTP/1.1 403"))
            let own = try await WebSocketClient(
                server, "/api/events/out", origin: "http://127.0.0.1:\(server.port)")
            #expect(own.isOpen)
            let nowhere = try await WebSocketClient(server, "/api/work_pools/x/workers/w")
            #expect(nowhere.answer.hasPrefix("HTTP/1.1 405"))
            let plain = try await WebSocketClient(server, "/api/events/in", protocols: nil)
            plain.send(event(3, at: server.clock.time))
            plain.send(opcode: 9, [])
            #expect(try await plain.next() == .pong(""))
            #expect(try await server.post("/api/events/filter", Self.ofTheLab).json["total"] == 1)
        }
    }

    @Test func deferredTasksAreHandedOutOneByOne() async throws {
        try await withServer { server in
            func submit(_ key: String) async throws -> String {
                let body: JSONValue = [
                    "task_key": "send", "dynamic_key": .string(key),
                    "state": ["type": "SCHEDULED", "state_details": ["deferred": true]],
                ]
                return try await server.post("/api/task_runs/", body).json["id"]?.stringValue ?? ""
            }
            let first = try await submit("a")
            let worker = try await WebSocketClient.greeted(server, "/api/task_runs/subscriptions/scheduled")
            worker.send(["type": "subscribe", "keys": ["send"], "client_id": "w1"])
            guard case .text(let task) = try await worker.next() else { return }
            #expect(task["id"]?.stringValue == first)
            worker.send(["type": "ack"])
            let second = try await submit("b")
            guard case .text(let next) = try await worker.next() else { return }
            #expect(next["id"]?.stringValue == second)
            // It leaves without a word: somebody else is handed what it did not acknowledge.
            worker.send(opcode: 8, [3, 232])
            let other = try await WebSocketClient.greeted(server, "/api/task_runs/subscriptions/scheduled")
            other.send(["type": "subscribe", "keys": ["send"], "client_id": "w2"])
            guard case .text(let again) = try await other.next() else { return }
            #expect(again["id"]?.stringValue == second)
            // What was acknowledged is handed to nobody else while its process is there, or may come back.
            #expect(try await server.get("/api/task_runs/\(first)").json["state_type"] == "SCHEDULED")
        }
    }
}
