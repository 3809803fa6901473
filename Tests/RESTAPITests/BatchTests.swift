import HTTPClient
import JSON
import TestSupport
import Testing

@Suite struct BatchTests {
    private static let lines: HTTPHeaders = ["Content-Type": "application/x-ndjson"]

    private func counts(_ server: TestServer) async throws -> [Int?] {
        [
            try await server.post("/api/flow_runs/count").json.intValue,
            try await server.post("/api/batches/filter").json.arrayValue?.count,
        ]
    }

    @Test func allRunsOfABatchAreThereAtOnce() async throws {
        try await withServer { server in
            let deployment = try await server.deploy()
            let body = HTTPBody.stream { writer in
                for number in 0..<1200 {
                    // Pieces that end anywhere.
                    try await writer.write("{\"parameters\": {\"n\": \(number)}, \"name\": \"run-\(number)\", \"ta")
                    if number == 700 {
                        // So far, nobody sees any of it.
                        let seen = try await self.counts(server)
                        #expect(seen == [0, 0])
                    }
                    try await writer.write("gs\": [\"t\"], \"priority\": 3}\n")
                }
                try await writer.write("\r\n  \n{}")
            }
            let answer = try await server.send(
                .post, "/api/batches?deployment=etl/nightly&name=night%20shift", body, Self.lines)
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.json["size"] == 1201)
            #expect(answer.json["name"] == "night shift")
            #expect(answer.json["deployment_id"] == .string(deployment))
            #expect(answer.json["runs"] == ["SCHEDULED": 1201])
            #expect(try await counts(server) == [1201, 1])
            let id = answer.json["id"]?.stringValue ?? ""
            #expect(try await server.get("/api/batches/\(id)").json == answer.json)
            let run = try await server.get("/api/flow_runs/find/run-17").json
            #expect(run["parameters"] == ["n": 17])
            #expect(run["priority"] == 3)
            #expect(run["batch_id"] == .string(id))
            let ofBatch: JSONValue = ["flow_runs": ["batch_id": ["any_": [.string(id)]]]]
            #expect(try await server.post("/api/flow_runs/count", ofBatch).json == 1201)
            let cancelled = try await server.post("/api/batches/\(id)/cancel", ["reason": "enough"])
            #expect(cancelled.json == ["cancelled": 1201])
            #expect(try await server.get("/api/batches/\(id)").json["runs"] == ["CANCELLED": 1201])
        }
    }

    @Test(arguments: [
        ("{\"parameters\": }", "line 701 of the batch is not valid: invalid JSON at column 16"),
        ("[]", "line 701 of the batch is not valid: Input should be a valid dictionary"),
        ("{\"parameters\": {\"n\": \"many\"}}", "Failure reason: 'many' is not of type 'integer'"),
        ("{\"tags\": 7}", "line 701 of the batch is not valid: tags: Input should be a valid list"),
        ("LONG", "it is longer than 4 MiB"),
    ])
    func oneBadLineKeepsNothing(_ bad: String, _ reason: String) async throws {
        try await withServer { server in
            let schema: JSONValue = ["type": "object", "properties": ["n": ["type": "integer"]]]
            let deployment = try await server.deploy(more: ["parameter_openapi_schema": schema])
            let body = HTTPBody.stream { writer in
                for number in 0..<700 { try await writer.write("{\"parameters\": {\"n\": \(number)}}\n") }
                let isLong = bad == "LONG"
                try await writer.write(isLong ? "{\"name\": \"\(String(repeating: "x", count: 4 << 20))\"}" : bad)
                try await writer.write("\n{}\n")
            }
            let answer = try await server.send(.post, "/api/batches?deployment_id=\(deployment)", body, Self.lines)
            #expect(answer.status == 422)
            #expect(answer.detail.contains(reason), "\(answer.detail.prefix(300))")
            #expect(try await counts(server) == [0, 0])
            #expect(try await server.get("/api/work_pools/default/queues/default").json["runs"] == [:])
        }
    }

    /// A client that dies while it sends must not have sent a smaller batch.
    @Test(arguments: ["Transfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n", "Content-Length: 100\r\n\r\n{}\n{}\n"])
    func aBodyThatIsCutOffKeepsNothing(_ rest: String) async throws {
        try await withServer { server in
            try await server.deploy()
            let connection = try RawConnection(port: server.port)
            connection.send(
                "POST /api/batches?deployment=etl/nightly HTTP/1.1\r\nHost: localhost\r\n"
                    + "Content-Type: application/x-ndjson\r\n\(rest)")
            connection.endSending()
            let answer = await connection.receiveAll()
            #expect(!answer.hasPrefix("HTTP/1.1 201"), "\(answer)")
            #expect(try await counts(server) == [0, 0])
        }
    }

    @Test func aBatchNeedsADeploymentAndLines() async throws {
        try await withServer { server in
            try await server.deploy()
            let body = HTTPBody.text("{}\n")
            #expect(try await server.send(.post, "/api/batches", body, Self.lines).status == 422)
            #expect(try await server.send(.post, "/api/batches?deployment=etl", body, Self.lines).status == 422)
            #expect(try await server.send(.post, "/api/batches?deployment=etl/nix", body, Self.lines).status == 404)
            #expect(try await server.send(.post, "/api/batches?deployment_id=nix", body, Self.lines).status == 404)
            let empty = HTTPBody.text("\n \n")
            #expect(
                try await server.send(.post, "/api/batches?deployment=etl/nightly", empty, Self.lines).status == 422)
            #expect(try await counts(server) == [0, 0])
        }
    }
}
