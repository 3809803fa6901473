import Domain
import HTTPClient
import JSON
import Orchestration
import Testing

/// Attempts that call the API with their credentials, as Prefect's clients send them.
@Suite struct SpeakerTests {
    private func end(_ attempt: AttemptUnderWay, on server: TestServer) async throws {
        let end = AttemptEnd(.signaled(9), at: server.orchestrator.now)
        let report = AttemptReport(name: attempt.name, sequence: 1, fact: .ended(end))
        #expect(try await server.orchestrator.take([report], from: attempt.agent) == [.taken(through: 1)])
    }

    private func propose(
        _ type: String, _ attempt: AttemptUnderWay, on server: TestServer, authorization: String
    ) async throws -> Answer {
        let body: JSONValue = ["state": ["type": .string(type)], "force": true]
        return try await server.send(
            .post, "/api/flow_runs/\(attempt.run)/set_state", .bytes(body.serializedBytes()),
            ["Content-Type": "application/json", "Authorization": authorization])
    }

    /// RFC 4648 §4, in as few words as a test needs.
    private func basic(_ text: String) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bits = text.utf8.flatMap { byte in (0..<8).map { (byte >> (7 - $0)) & 1 } }
        let padded = bits + [UInt8](repeating: 0, count: (6 - bits.count % 6) % 6)
        let groups = stride(from: 0, to: padded.count, by: 6).map {
            padded[$0..<$0 + 6].reduce(0) { $0 << 1 | Int($1) }
        }
        let encoded = String(groups.map { digits[$0] })
        return "Basic " + encoded + String(repeating: "=", count: (4 - encoded.count % 4) % 4)
    }

    @Test func bothFormsAreUnderstoodAndWhatHasEndedIsRefused() async throws {
        try await withServer { server in
            let attempt = try await server.attemptUnderWay()
            for authorization in [basic(attempt.credential), "Bearer \(attempt.credential)"] {
                let answer = try await propose("RUNNING", attempt, on: server, authorization: authorization)
                #expect(answer.status == 201)
                #expect(answer.json["status"] == "ACCEPT")
            }
            try await end(attempt, on: server)
            for authorization in [basic(attempt.credential), "Bearer \(attempt.credential)"] {
                let answer = try await propose("COMPLETED", attempt, on: server, authorization: authorization)
                #expect(answer.status == 403)
                #expect(answer.detail.contains("attempt 1 at the run \(attempt.run) has ended"))
                let logs = try await server.send(
                    .post, "/api/logs/", .text("[]"),
                    ["Content-Type": "application/json", "Authorization": authorization])
                #expect(logs.status == 403)
                let read = try await server.send(
                    .get, "/api/flow_runs/\(attempt.run)", .none, ["Authorization": authorization])
                #expect(read.status == 200, "who only asks changes nothing")
            }
        }
    }

    @Test func whatIsNoCredentialOfOursPassesAndWhatPretendsToBeDoesNot() async throws {
        try await withServer { server in
            let attempt = try await server.attemptUnderWay()
            for stranger in [basic("admin:pass"), "Bearer pnu_123", "Basic %%%", "Bearer", "Digest x", basic("ü:ö")] {
                #expect(
                    try await propose("RUNNING", attempt, on: server, authorization: stranger).status == 201,
                    "\(stranger)")
            }
            for forged in [basic("sluice:\(attempt.run).1.00"), "Bearer sluice:", "Bearer \(attempt.credential)0"] {
                let answer = try await propose("RUNNING", attempt, on: server, authorization: forged)
                #expect(answer.status == 403)
                #expect(answer.detail == "this server has given no attempt the credential that the request carries")
            }
        }
    }

    @Test func aRunThatAnAttemptMadeEndsWithIt() async throws {
        try await withServer { server in
            let attempt = try await server.attemptUnderWay()
            let flow = try await server.post("/api/flows/", ["name": "sub"]).json["id"] ?? .null
            let body: JSONValue = ["flow_id": flow, "state": ["type": "RUNNING"]]
            let made = try await server.send(
                .post, "/api/flow_runs/", .bytes(body.serializedBytes()),
                ["Content-Type": "application/json", "Authorization": basic(attempt.credential)])
            #expect(made.status == 201)
            try await end(attempt, on: server)
            let sub = try await server.get("/api/flow_runs/\(made.json["id"]?.stringValue ?? "")")
            #expect(sub.json["state_type"] == "CRASHED")
        }
    }
}
