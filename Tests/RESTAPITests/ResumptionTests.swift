import JSON
import Testing

/// Runs that wait for input, as flows of Prefect's clients pause.
@Suite struct ResumptionTests {
    private static let schema = #"""
        {"type":"object","additionalProperties":false,"required":["name"],"title":"Ask",
         "properties":{"name":{"type":"string"},"n":{"type":"integer","default":5}}}
        """#

    /// A run that is paused with the question that a flow asks; nothing of it is stored if `asks` is nil.
    private func paused(_ server: TestServer, asks schema: String?) async throws -> String {
        let flow = try await server.post("/api/flows/", ["name": "asking"]).json["id"] ?? .null
        let made = try await server.post("/api/flow_runs/", ["flow_id": flow, "state": ["type": "PENDING"]])
        let run = "/api/flow_runs/\(made.json["id"]?.stringValue ?? "")"
        _ = try await server.post("\(run)/set_state", ["state": ["type": "RUNNING"]])
        let keys: JSONValue = ["description": "q-description", "response": "q-response", "schema": "q-schema"]
        let details: JSONObject = [
            "pause_key": "q", "pause_reschedule": false, "pause_timeout": "2036-01-01T00:00:00Z",
            "run_input_keyset": keys,
        ]
        let paused = try await server.post(
            "\(run)/set_state",
            ["state": ["type": "PAUSED", "name": "Paused", "state_details": .object(details)], "force": true])
        #expect(paused.json["status"] == "ACCEPT", "\(paused.text)")
        if let schema { _ = try await server.post("\(run)/input", ["key": "q-schema", "value": .string(schema)]) }
        return run
    }

    @Test func whatARunWaitsForIsHandedToIt() async throws {
        try await withServer { server in
            let run = try await paused(server, asks: Self.schema)
            let answer = try await server.post("\(run)/resume", ["run_input": ["name": "bob", "n": 2.0]])
            #expect(answer.status == 201 && answer.json["status"] == "ACCEPT")
            #expect(answer.json["state"]?["type"] == "RUNNING")
            #expect(try await server.get("\(run)/input/q-response").text == #"{"name":"bob","n":2.0}"#)
            let again = try await server.post("\(run)/resume", ["run_input": ["name": "eve"]])
            #expect(again.json["status"] == "ABORT")
            #expect(try await server.get("\(run)/input/q-response").text == #"{"name":"bob","n":2.0}"#)
        }
    }

    @Test func wrongInputLeavesItPaused() async throws {
        try await withServer { server in
            let run = try await paused(server, asks: Self.schema)
            let answer = try await server.post("\(run)/resume", ["run_input": ["n": "bad", "name": []]])
            #expect(answer.status == 200 && answer.json["status"] == "REJECT")
            #expect(answer.json["details"]?["type"] == "abort_details")
            let reason = answer.json["details"]?["reason"]?.stringValue ?? ""
            #expect(
                reason == "Reason: Validation failed for field 'name'. Failure reason: [] is not of type 'string'")
            #expect(answer.json["state"]?["type"] == "PAUSED")
            #expect(try await server.post("\(run)/resume").json["status"] == "REJECT", "a name is required")
            #expect(try await server.get(run).json["state_type"] == "PAUSED")
            #expect(try await server.get("\(run)/input/q-response").status == 404)
            #expect(try await server.post("\(run)/resume", ["run_input": 7]).status == 422)
        }
    }

    @Test(arguments: [
        (nil, "Run input schema not found."), ("{", "Run input schema is not valid JSON."),
    ])
    func aSchemaThatIsNoneIsTold(_ schema: String?, _ reason: String) async throws {
        try await withServer { server in
            let run = try await paused(server, asks: schema)
            let answer = try await server.post("\(run)/resume", ["run_input": [:]])
            #expect(answer.json["status"] == "REJECT" && answer.json["details"]?["reason"] == .string(reason))
        }
    }

    @Test func whatNeedsNoInputGoesOnWithout() async throws {
        try await withServer { server in
            let run = try await paused(server, asks: #"{"type":"object","properties":{}}"#)
            let answer = try await server.post("\(run)/resume", ["run_input": .null])
            #expect(answer.json["status"] == "ACCEPT" && answer.json["state"]?["name"] == "Running")
            #expect(try await server.get("\(run)/input/q-response").status == 404)
        }
    }
}
