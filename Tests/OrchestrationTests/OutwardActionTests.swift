import Domain
import JSON
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Orchestration

@Suite struct OutwardActionTests {
    /// Keeps what it is given.
    final class Postbox: Messenger {
        let sent = Mutex<[OutwardMessage]>([])
        let mails = Mutex<[OutwardMail]>([])
        let answer: OutwardAnswer

        init(_ answer: OutwardAnswer = OutwardAnswer(status: 200)) { self.answer = answer }

        func send(_ message: OutwardMessage) async throws -> OutwardAnswer {
            sent.withLock { $0.append(message) }
            return answer
        }

        func send(_ mail: OutwardMail) async throws { mails.withLock { $0.append(mail) } }
    }

    @Test func aWebhookIsCalled() async throws {
        let stage = try await Stage()
        let block = try await stage.block(
            "webhook",
            ["url": "http://hooks.example/x", "method": "PUT", "headers": ["X-Key": "secret"], "verify": false])
        try await stage.automate(
            ["expect": ["x"]],
            [
                [
                    "type": "call-webhook", "block_document_id": block.json,
                    "payload": "{\"id\": \"{{ event.resource.id }}\"}",
                ]
            ])
        try await stage.orchestrator.take([stage.event("x")])
        let box = Postbox(OutwardAnswer(status: 202, headers: [("Set-Cookie", "s"), ("X-A", "b")], body: "busy"))
        _ = try await stage.runner(.outward, box).tick(at: stage.clock.time)
        let message = try #require(box.sent.withLock { $0 }.first)
        #expect(message.method == "PUT" && message.url == "http://hooks.example/x" && !message.verifiesCertificates)
        #expect(message.body == #"{"id": "lab.1"}"# && message.allowsPrivateHosts)
        #expect(message.headers.first?.value == "secret" && message.headers.last?.name == "Idempotency-Key")
        let told = try #require(try await stage.events("prefect.automation.action.executed").first)
        #expect(told.payload["status_code"] == 202 && told.payload["response_body"] == "busy")
        #expect(told.payload["response_headers"] == ["X-A": "b"])
        #expect(told.related(inRole: "block")?.id == "prefect.block-document.\(block)")
    }

    @Test func templatesKnowWhatTheEventHasToDoWith() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        let block = try await stage.block(
            "custom-webhook", ["url": "http://c", "form_data": "{{body}}"], capabilities: ["notify"])
        let body =
            "{{ flow_run.name }} {{ flow_run.state.name }} {{ flow_run|ui_url }} {{ 7|ui_resource_events_url }} "
            + "{{ event.resource_in_role.deployment.name }} {{ variables.v }} {{ labels.prefect.resource.id }} {{ automation|ui_url }}"
        _ = try await stage.orchestrator.createVariable(named: "v", value: 1.5, tags: [])
        try await stage.automate(
            ["expect": ["prefect.flow-run.Scheduled"], "for_each": ["prefect.resource.id"]],
            [["type": "send-notification", "block_document_id": block.json, "body": .string(body)]])
        let run = try await stage.submit(deployment)
        let box = Postbox()
        _ = try await stage.runner(.outward, box).tick(at: stage.clock.time)
        let automation = try #require(try await stage.events("prefect.automation.triggered").first?.resource.id)
        #expect(
            box.sent.withLock { $0.first?.body } ?? ""
                == "the flow-run Scheduled http://pages/runs/flow-run/\(run.id) None "
                + "plain 1.5 prefect.flow-run.\(run.id) http://pages/automations/automation/"
                + automation.dropFirst("prefect.automation.".count))
    }

    @Test func whatCannotBeSentIsTold() async throws {
        let stage = try await Stage()
        let plain = try await stage.block("secret", ["value": "s"])
        let strange = try await stage.block("carrier-pigeon", [:], capabilities: ["notify"])
        let slack = try await stage.block("slack-webhook", ["url": "https://slack.example/"], capabilities: ["notify"])
        for block in [plain, strange, slack, stage.orchestrator.surroundings.newID()] {
            try await stage.automate(
                ["expect": ["x"]], [["type": "send-notification", "block_document_id": block.json, "body": "b"]])
        }
        try await stage.orchestrator.take([stage.event("x")])
        _ = try await stage.runner(.outward, Postbox(OutwardAnswer(status: 400, body: "no"))).tick(at: stage.clock.time)
        let reasons = try await stage.events("prefect.automation.action.failed").compactMap {
            $0.payload["reason"]?.stringValue
        }
        #expect(reasons.count == 4)
        for part in ["not a notification block", "'carrier-pigeon'", "answered 400", "not found"] {
            #expect(reasons.contains { $0.contains(part) }, "\(part)")
        }
        let dead = try await stage.deliveries()
        #expect(dead.count == 4 && dead.allSatisfy { $0.state == .dead && $0.tries == 1 })
        #expect(try await stage.runner(.outward).tick(at: stage.clock.time) == .seconds(10), "they are let be")
    }

    @Test func anEMailIsHandedOver() async throws {
        let stage = try await Stage()
        let complete: JSONObject = [
            "server": "mail.example", "sender": "Sluice <s@example.org>", "recipients": ["a@example.org"],
            "username": "u", "password": "p",
        ]
        let block = try await stage.block("email", complete, capabilities: ["notify"])
        try await stage.automate(
            ["expect": ["x"]],
            [
                [
                    "type": "send-notification", "block_document_id": block.json, "subject": "{{ event.event }}",
                    "body": "about {{ event.resource.id }}",
                ]
            ])
        try await stage.orchestrator.take([stage.event("x")])
        let id = try #require(try await stage.deliveries().first?.id)
        let box = Postbox()
        _ = try await stage.runner(.outward, box).tick(at: stage.clock.time)
        let mail = try #require(box.mails.withLock { $0.first })
        #expect(mail.server == "mail.example" && mail.port == 587 && mail.security == .starttls)
        #expect(mail.user == "u" && mail.password == "p" && mail.recipients == ["a@example.org"])
        #expect(mail.subject == "x" && mail.body == "about lab.1" && mail.identity == "\(id)")
        #expect(try await stage.deliveries().isEmpty)
        for missing in ["server", "sender", "recipients"] {
            var data = complete
            data[missing] = nil
            #expect(throws: ActionPerformer.Failure.self) {
                try OutwardMail(data, subject: "", body: "", identity: "")
            }
        }
    }

    @Test(
        arguments: [
            ("slack-webhook", ["url": "https://s/"], "https://s/", #"{"text":"*S*\nB"}"#),
            (
                "discord-webhook", ["webhook_id": "1", "webhook_token": "t", "botname": "bot"],
                "https://discord.com/api/webhooks/1/t", #"{"content":"**S**\nB","username":"bot"}"#
            ),
            (
                "mattermost-webhook", ["hostname": "m", "token": "t", "secure": true, "port": 443, "channels": ["c"]],
                "https://m:443/hooks/t", "{\"text\":\"#### S\\nB\",\"channel\":\"c\"}"
            ),
            (
                "pager-duty-webhook", ["integration_key": "k", "notify_type": "failure", "component": "c"],
                "https://events.pagerduty.com/v2/enqueue",
                #"{"routing_key":"k","event_action":"trigger","payload":{"summary":"S: B","severity":"critical","source":"Prefect","component":"c"}}"#
            ),
            (
                "custom-webhook",
                [
                    "name": "n", "url": "https://c/{{token}}", "params": ["q": "{{subject}} &"],
                    "json_data": ["t": ["{{ body }}", 1]], "secrets": ["token": "T"], "method": "PATCH",
                ], "https://c/T?q=S%20%26", #"{"t":["B",1]}"#
            ),
            (
                "custom-webhook",
                ["name": "n", "url": "https://c", "form_data": ["a b": "{{name}}", "c": "{{nothing}}"]],
                "https://c", "a%20b=n&c="
            ),
        ] as [(String, JSONObject, String, String)])
    func notifications(_ slug: String, _ data: JSONObject, _ url: String, _ body: String) throws {
        let message = try #require(Notification(subject: "S", body: "B").message(by: slug, data))
        #expect(message.url == url && message.body == body)
        #expect(Notification(subject: "S", body: "B").message(by: "unknown", data) == nil)
    }
}

extension Stage {
    /// A block with these data, of a type that is made for it unless it is there.
    func block(_ slug: String, _ data: JSONObject, capabilities: [String] = []) async throws -> ID<BlockDocument> {
        try await orchestrator.installSystemBlocks()
        var type = try await orchestrator.database.read { try $0.blockType(slug: slug) }
        if type == nil { type = try await orchestrator.createBlockType(BlockTypeRequest(name: slug, slug: slug)) }
        let typeID = try #require(type?.id)
        var schema = BlockSchemaRequest(typeID: typeID)
        schema.fields = ["type": "object", "block_type_slug": .string(slug)]
        schema.capabilities = capabilities
        let made = try await orchestrator.ensureBlockSchema(schema)
        var request = BlockDocumentRequest(typeID: typeID, schemaID: made.schema.schema.id)
        request.name = "b-\(slug)"
        request.data = data
        return try await orchestrator.createBlockDocument(request).document.id
    }
}
