import HTTPClient
import JSON
import TestSupport
import Testing

@Suite struct AutomationRouteTests {
    private static let nobody = "00000000-0000-7000-8000-000000000000"
    private static let trigger: JSONValue = [
        "type": "event", "match": ["prefect.resource.id": "lab.*"], "expect": ["lab.thing"], "posture": "Reactive",
    ]
    private static func body(_ name: String, _ more: JSONObject = [:]) -> JSONValue {
        let body: JSONObject = ["name": .string(name), "trigger": trigger, "actions": [["type": "do-nothing"]]]
        return .object(body.merging(more))
    }

    @Test func automationsAreShownAsTheyWereWritten() async throws {
        try await withServer { server in
            let made = try await server.post("/api/automations/", Self.body("a", ["tags": ["t"]]))
            #expect(made.status == 201)
            let id = made.json["id"]?.stringValue ?? ""
            let path = "/api/automations/\(id)"
            #expect(try await server.get(path).json == made.json)
            #expect(
                Array(made.json.objectValue?.keys ?? []) == [
                    "name", "description", "enabled", "tags", "trigger", "actions", "actions_on_trigger",
                    "actions_on_resolve", "id", "created", "updated",
                ])
            #expect(made.json["trigger"]?["within"] == 0.0 && made.json["trigger"]?["threshold"] == 1)
            #expect(made.json["trigger"]?["match_related"] == [:])
            #expect(try await server.json(.patch, path, ["enabled": false]).status == 204)
            #expect(try await server.get(path).json["enabled"] == false)
            #expect(try await server.json(.patch, path, ["name": "x"]).status == 422)
            #expect(try await server.json(.put, path, Self.body("b", ["description": "d"])).status == 204)
            let changed = try await server.get(path).json
            #expect(changed["name"] == "b" && changed["description"] == "d" && changed["enabled"] == true)
            #expect(changed["trigger"]?["id"] != made.json["trigger"]?["id"], "another trigger")
            #expect(changed["created"] == made.json["created"])
            #expect(try await server.send(.delete, path).status == 204)
            #expect(try await server.send(.delete, path).status == 404)
            for (method, body) in [(HTTPMethod.put, Self.body("c")), (.patch, ["enabled": true])] {
                #expect(try await server.json(method, path, body).status == 404)
            }
            #expect(try await server.get(path).status == 404)
        }
    }

    /// Prefect's clients refuse a list with an action that they do not know.
    @Test func ownActionsAreShownToPrefectAsWhatItKnows() async throws {
        try await withServer { server in
            let own: JSONValue = ["type": "set-variable", "name": "v", "value": 1, "tags": .null]
            let made = try await server.post("/api/automations/", Self.body("own", ["actions": [own]]))
            let path = "/api/automations/\(made.json["id"]?.stringValue ?? "")"
            #expect(try await server.get(path).json["actions"] == [own])
            let shown = try await server.send(.get, path, .none, ["X-PREFECT-API-VERSION": "0.8.4"])
            #expect(shown.json["actions"] == [["type": "do-nothing", "sluice_action": own]])
        }
    }

    @Test(arguments: ["/api/templates/validate", "/api/automations/templates/validate"])
    func templatesAreChecked(_ path: String) async throws {
        try await withServer { server in
            #expect(try await server.post(path, "{{ event.id }}").status == 204)
            let refused = try await server.post(path, "a\n{{ event. }}")
            #expect(refused.status == 422)
            #expect(refused.json["error"]?["line"] == 2 && refused.json["error"]?["source"] == "a\n{{ event. }}")
            #expect(try await server.post(path, 7).status == 422)
        }
    }

    @Test func lists() async throws {
        try await withServer { server in
            for name in ["b", "a", "c"] {
                _ = try await server.post("/api/automations/", Self.body(name, ["tags": [.string("t-\(name)")]]))
            }
            func names(_ body: JSONValue) async throws -> [String?] {
                try await server.post("/api/automations/filter", body).json.arrayValue?.map { $0["name"]?.stringValue }
                    ?? []
            }
            #expect(try await names([:]) == ["a", "b", "c"])
            #expect(
                try await names(["automations": .null, "sort": .null, "limit": .null, "offset": 0]) == ["a", "b", "c"])
            #expect(try await names(["sort": "NAME_DESC", "limit": 2]) == ["c", "b"])
            #expect(try await names(["automations": ["name": ["any_": ["b"]]]]) == ["b"])
            #expect(try await names(["automations": ["tags": ["all_": ["t-c"]], "created": .null]]) == ["c"])
            #expect(try await server.post("/api/automations/count", [:]).json == 3)
            #expect(try await server.post("/api/automations/filter", ["sort": "X"]).status == 422)
        }
    }

    @Test func whatBelongsToADeployment() async throws {
        try await withServer { server in
            let deployment = try await server.deploy()
            let resource = "prefect.deployment.\(deployment)"
            let run: JSONValue = ["type": "run-deployment", "deployment_id": .string(deployment), "parameters": .null]
            _ = try await server.post("/api/automations/", Self.body("starts", ["actions": [run]]))
            _ = try await server.post("/api/automations/", Self.body("owned", ["owner_resource": .string(resource)]))
            let related = try await server.get("/api/automations/related-to/\(resource)").json
            #expect(Set(related.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []) == ["starts", "owned"])
            for _ in 0..<2 {
                #expect(try await server.send(.delete, "/api/automations/owned-by/\(resource)").status == 202)
            }
            #expect(try await server.get("/api/automations/related-to/\(resource)").json.arrayValue?.count == 1)
        }
    }

    @Test(
        arguments: [
            ["name": "x", "actions": []], ["name": "x", "trigger": ["posture": "Reactive"]],
            ["trigger": ["posture": "Reactive"], "actions": []], ["name": "x", "trigger": [], "actions": []],
            ["name": "x", "trigger": ["posture": "Reactive"], "actions": [["type": "no"]]],
            ["name": "x", "trigger": ["posture": "Reactive"], "actions": [], "other": 1],
            [
                "name": "x", "trigger": ["posture": "Reactive"],
                "actions": [["type": "send-notification", "block_document_id": .string(nobody), "body": "{{ x"]],
            ],
            [
                "name": "x", "trigger": ["posture": "Reactive", "expect": ["prefect.flow-run.*"]],
                "actions": [["type": "run-deployment", "source": "inferred"]],
            ],
        ] as [JSONValue])
    func whatMakesNoSenseIsRefused(_ body: JSONValue) async throws {
        try await withServer { server in
            let refused = try await server.post("/api/automations/", body)
            #expect(refused.status == 422)
            let count = try await server.post("/api/automations/count", [:])
            #expect(count.json == 0)
        }
    }
}
