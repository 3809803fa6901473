import Domain
import HTTPClient
import JSON
import TestSupport
import Testing

/// The channel that Prefect's workers open to their pool.
@Suite struct WorkerChannelTests {
    private static let consumer: JSONValue = "01a1fbd5-43ab-706d-a255-04fcb5dd0393"

    private func frame(_ type: String, _ payload: JSONObject) -> JSONValue {
        [
            "type": .string(type), "id": "01a1fbd5-43e9-7c35-b824-d9b963209df8",
            "sent_at": "2026-11-21T02:00:20.201291Z", "payload": .object(payload),
        ]
    }

    private func hello(_ more: JSONObject = [:]) -> JSONValue {
        let payload: JSONObject = [
            "consumer_id": Self.consumer, "worker_name": "w1", "worker_type": "process",
            "heartbeat_interval_seconds": 30, "supported_channel_versions": ["work_pool_worker_channel.v1"],
            "requested_capabilities": ["worker_heartbeat.v1", "work_pool_snapshot.v1"], "work_queue_names": [],
            "handled_cleanup_kinds": [], "max_cleanup_concurrency": 0, "create_pool_if_not_found": true,
            "default_base_job_template": [
                "job_configuration": ["command": "{{ command }}"],
                "variables": [
                    "type": "object", "properties": ["command": ["type": "string"]],
                ],
            ], "worker_metadata": .null,
        ]
        return frame("worker.hello.v1", payload.merging(more))
    }

    private func heartbeat(_ name: JSONValue = "w1") -> JSONValue {
        frame(
            "worker.heartbeat.v1",
            ["consumer_id": Self.consumer, "worker_name": name, "heartbeat_interval_seconds": 30])
    }

    private func open(
        _ server: TestServer, pool: String = "wp", _ first: JSONValue? = nil
    ) async throws -> (client: WebSocketClient, answer: WebSocketClient.Frame) {
        let client = try await WebSocketClient.greeted(server, "/api/work_pools/\(pool)/workers/connect")
        client.send(first ?? hello())
        return (client, try await client.next())
    }

    private func json(_ frame: WebSocketClient.Frame) throws -> JSONValue {
        guard case .text(let value) = frame else { throw UnexpectedFrame(frame: frame) }
        return value
    }

    private struct UnexpectedFrame: Error { let frame: WebSocketClient.Frame }

    @Test func aWorkerIsWelcomedWithItsPool() async throws {
        try await withServer { server in
            let (_, answer) = try await open(server, pool: "my%20pool")
            let ready = try json(answer)
            #expect(Set(try #require(ready.objectValue).map(\.key)) == ["type", "id", "sent_at", "payload"])
            let payload = try #require(ready["payload"])
            #expect(Set(try #require(payload.objectValue).map(\.key)) == PrefectKeys.workerReady)
            #expect(payload["consumer_id"] == Self.consumer && payload["worker_id"] == .null)
            #expect(payload["selected_channel_version"] == "work_pool_worker_channel.v1")
            #expect(payload["effective_heartbeat_interval_seconds"] == 30)
            #expect(payload["accepted_capabilities"] == ["worker_heartbeat.v1", "work_pool_snapshot.v1"])
            #expect(payload["resolved_work_queues"]?[0]?["name"] == "default")
            let snapshot = try #require(payload["initial_snapshot"])
            #expect(snapshot["snapshot_sequence"] == 1 && snapshot["reason"] == "initial")
            let pool = try #require(snapshot["work_pool"]?.objectValue)
            #expect(Set(pool.map(\.key)) == PrefectKeys.workPool, "and nothing else")
            #expect(pool["name"] == "my pool" && pool["status"] == "READY" && pool["type"] == "process")
            #expect(pool["base_job_template"]?["job_configuration"] == ["command": "{{ command }}"])
            let known = try await server.post("/api/work_pools/my%20pool/workers/filter").json
            #expect(known[0]?["name"] == "w1" && known[0]?["status"] == "ONLINE")
        }
    }

    @Test func whatTheServerDoesNotDoIsRejected() async throws {
        try await withServer { server in
            let wanted: JSONValue = [
                "cleanup_delivery.v1", "worker_heartbeat.v1", "x", "work_pool_snapshot.v1", "cleanup_delivery.v1",
            ]
            let (client, answer) = try await open(
                server,
                hello([
                    "requested_capabilities": wanted, "handled_cleanup_kinds": ["cancelling_timeout_teardown.v1"],
                    "max_cleanup_concurrency": 1,
                ]))
            let payload = try json(answer)["payload"]
            #expect(payload?["accepted_capabilities"] == ["worker_heartbeat.v1", "work_pool_snapshot.v1"])
            #expect(payload?["rejected_capabilities"] == ["cleanup_delivery.v1", "x"])
            #expect(payload?["effective_max_cleanup_concurrency"] == 0)
            client.send(frame("cleanup.ack.v1", ["message_id": Self.consumer, "reservation_token": "t"]))
            let result = try json(try await client.next())
            #expect(result["type"] == "cleanup.operation_result.v1")
            #expect(result["payload"]?["operation"] == "ack" && result["payload"]?["status"] == "unauthorized")
        }
    }

    @Test func changesOfThePoolAreTold() async throws {
        try await withServer { server in
            let (client, _) = try await open(server)
            _ = try await server.post("/api/work_pools/", ["name": "other"])
            _ = try await server.json(.patch, "/api/work_pools/other", ["is_paused": true])
            _ = try await server.json(.patch, "/api/work_pools/wp", ["is_paused": true])
            let told = try json(try await client.next())
            #expect(told["type"] == "work_pool.snapshot.v1")
            #expect(told["payload"]?["snapshot_sequence"] == 2)
            #expect(told["payload"]?["reason"] == "work_pool_updated")
            let pool = told["payload"]?["work_pool"]
            #expect(pool?["is_paused"] == true && pool?["status"] == "PAUSED" && pool?["name"] == "wp")
            #expect(Set(try #require(pool?.objectValue).map(\.key)) == PrefectKeys.workPool)
            _ = try await server.json(.delete, "/api/work_pools/wp")
            #expect(try await client.next() == .close(1008, "authorization_failed"))
        }
    }

    @Test func heartbeatsAreThoseOfTheWorker() async throws {
        try await withServer { server in
            let (client, _) = try await open(server)
            server.clock.advance(by: .seconds(200))
            #expect(try await server.get("/api/work_pools/wp").json["status"] == "NOT_READY")
            client.send(heartbeat())
            client.send(opcode: 9, Array("heard".utf8))
            #expect(try await client.next() == .pong("heard"))
            #expect(try await server.get("/api/work_pools/wp").json["status"] == "READY")
            client.send(heartbeat("w2"))
            #expect(try await client.next() == .close(1002, "protocol_error"))
        }
    }

    @Test func aPoolThatIsThereKeepsItsTemplateUnlessItHasNone() async throws {
        try await withServer { server in
            let template: JSONValue = [
                "job_configuration": ["command": "x"], "variables": ["type": "object", "properties": [:]],
            ]
            _ = try await server.post("/api/work_pools/", ["name": "full", "base_job_template": template])
            _ = try await server.post("/api/work_pools/", ["name": "bare", "base_job_template": [:]])
            for (name, command) in [("full", "x"), ("bare", "{{ command }}")] as [(String, JSONValue)] {
                let (_, answer) = try await open(server, pool: name)
                let pool = try json(answer)["payload"]?["initial_snapshot"]?["work_pool"]
                #expect(pool?["base_job_template"]?["job_configuration"]?["command"] == command, "\(name)")
            }
        }
    }

    @Test func whatCannotBeIsRefusedInWordsThatWorkersKnow() async throws {
        try await withServer { server in
            _ = try await server.post("/api/work_pools/", ["name": "wp", "type": "process"])
            let wrong: [(JSONValue, Int, String, String)] = [
                (hello(["supported_channel_versions": ["v9"]]), 1008, "unsupported_version", "wp"),
                (hello(["work_queue_names": ["nowhere"]]), 1008, "authorization_failed", "wp"),
                (hello(["create_pool_if_not_found": false]), 1008, "authorization_failed", "nowhere"),
                (hello(), 1008, "authorization_failed", "Prefect-x"),
                (hello(["surplus": 1]), 1002, "protocol_error", "wp"),
                (hello(["requested_capabilities": ["worker_heartbeat.v1"]]), 1002, "protocol_error", "wp"),
                (hello(["max_cleanup_concurrency": 1]), 1002, "protocol_error", "wp"),
                (hello(["worker_name": ""]), 1002, "protocol_error", "wp"),
                (hello(["heartbeat_interval_seconds": 0]), 1002, "protocol_error", "wp"),
                (heartbeat(), 1002, "protocol_error", "wp"), (frame("what", [:]), 1002, "protocol_error", "wp"),
                ([], 1002, "protocol_error", "wp"),
            ]
            for (first, code, reason, pool) in wrong {
                #expect(try await open(server, pool: pool, first).answer == .close(code, reason), "\(first)")
            }
            let silent = try await WebSocketClient.greeted(server, "/api/work_pools/wp/workers/connect")
            silent.send(opcode: 1, Array("{".utf8))
            #expect(try await silent.next() == .close(1002, "protocol_error"))
            let hasty = try await WebSocketClient(server, "/api/work_pools/wp/workers/connect")
            hasty.send(hello())
            #expect(try await hasty.next() == .close(1008, "authentication_failed"))
            let old = try await WebSocketClient(server, "/api/work_pools/wp/workers/connect", protocols: nil)
            #expect(!old.isOpen)
        }
    }
}
