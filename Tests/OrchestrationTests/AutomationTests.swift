import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

@Suite struct AutomationTests {
    @Test func anEventStartsARunOnce() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        let automation = try await stage.automate(
            ["expect": ["lab.thing"], "match": ["prefect.resource.id": "lab.*"]],
            [
                [
                    "type": "run-deployment", "deployment_id": deployment.id.json,
                    "parameters": ["a": "{{ event.resource.id }}"],
                ]
            ])
        let event = stage.event("lab.thing")
        for _ in 0..<2 { try await stage.orchestrator.take([event, stage.event("lab.other")]) }
        let told = try await stage.told()
        #expect(
            told == [
                "lab.other", "lab.other", "lab.thing", "prefect.automation.created", "prefect.automation.triggered",
            ])
        // What is done twice, as after a crash in between, is seen once.
        let (runner, now) = (stage.runner(), stage.clock.time)
        async let one = runner.tick(at: now)
        async let other = runner.tick(at: now)
        _ = try await (one, other)
        let runs = try await stage.orchestrator.runs(ListRequest<FlowRunOrder>(reading: JSONReader([:])))
        #expect(runs.count == 1)
        let run = try #require(runs.first?.run)
        #expect(run.parameters["a"] == "lab.1" && run.deploymentID == deployment.id)
        #expect(run.createdBy?["id"] == automation.id.json && run.createdBy?["type"] == "AUTOMATION")
        let ended = try await stage.events("prefect.automation.action.executed")
        #expect(ended.count == 1)
        #expect(ended.first?.payload["status_code"] == 201)
        #expect(ended.first?.related(inRole: "flow-run")?.id == "prefect.flow-run.\(run.id)")
    }

    @Test func theStatesOfRunsAreEvents() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        _ = try await stage.welcomeAgent()
        try await stage.automate(
            ["expect": ["prefect.flow-run.Failed"], "match_related": ["prefect.resource.name": "plain"]],
            [["type": "pause-deployment", "source": "inferred"]])
        _ = try await stage.submit(deployment)
        let good = try #require(try await stage.claim().first)
        try await stage.finish(good)
        #expect(try await stage.events("prefect.automation.triggered").isEmpty)
        _ = try await stage.submit(deployment)
        let bad = try #require(try await stage.claim().first)
        try await stage.finish(bad, .exited(code: 1))
        let event = try #require(try await stage.events("prefect.automation.triggered").first)
        #expect(event.payload["triggering_event"]?["resource"]?["prefect.state-type"] == "FAILED")
        _ = try await stage.runner().tick(at: stage.clock.time)
        #expect(try await stage.orchestrator.deployment(deployment.id).isPaused)
    }

    @Test func theRunsOfABatchAreScheduledWhenItIsThere() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        try await stage.automate(["expect": ["prefect.flow-run.Scheduled"], "threshold": 3])
        let lines = AsyncStream { continuation in
            for number in 1...3 { continuation.yield(BatchLine(number: number, request: RunRequest())) }
            continuation.finish()
        }
        _ = try await stage.orchestrator.submitBatch(lines, to: deployment.id)
        #expect(try await stage.events("prefect.automation.triggered").count == 1)
    }

    @Test func eventsAreCountedApart() async throws {
        let stage = try await Stage()
        try await stage.automate(["expect": ["x"], "for_each": ["prefect.resource.id"], "threshold": 2, "within": 60])
        for name in ["a", "b", "a", "a", "a", "b"] {
            try await stage.orchestrator.take([stage.event("x", about: name)])
        }
        let fired = try await stage.events("prefect.automation.triggered")
        #expect(
            fired.map { $0.payload["triggering_labels"] } == [
                ["prefect.resource.id": "a"], ["prefect.resource.id": "b"],
            ])
    }

    @Test func compositeTriggersWaitForTheirParts() async throws {
        let stage = try await Stage()
        let leaves: JSONValue = [
            ["expect": ["a"], "posture": "Reactive"],
            [
                "type": "compound", "require": "all",
                "triggers": [["expect": ["b"], "posture": "Reactive"], ["expect": ["c"], "posture": "Reactive"]],
            ],
        ]
        try await stage.automate(["type": "sequence", "within": 10, "triggers": leaves])
        func happens(_ names: String...) async throws -> Int {
            for name in names {
                try await stage.orchestrator.take([stage.event(name)])
                stage.clock.advance(by: .seconds(1))
            }
            return try await stage.events("prefect.automation.triggered").count
        }
        #expect(try await happens("b", "c", "a") == 0, "in the wrong order")
        #expect(try await happens("c", "b") == 1)
        #expect(try await happens("c", "b") == 1, "all of them again")
        #expect(try await happens("a") == 1)
        stage.clock.advance(by: .seconds(20))
        #expect(try await happens("b", "c") == 1, "too late")
    }

    @Test func silenceFires() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        let sweeper = TriggerSweeper(stage.orchestrator)
        try await stage.automate(
            ["expect": ["sign"], "posture": "Proactive", "within": 30],
            [["type": "pause-deployment", "deployment_id": deployment.id.json]])
        func fired(after span: Duration) async throws -> Int {
            stage.clock.advance(by: span)
            let wait = try await sweeper.tick(at: stage.clock.time)
            #expect(wait > .zero && wait <= .seconds(10))
            return try await stage.events("prefect.automation.triggered").count
        }
        #expect(try await fired(after: .seconds(29)) == 0)
        #expect(try await fired(after: .seconds(1)) == 1)
        try await stage.orchestrator.take([stage.event("sign")])
        #expect(try await fired(after: .seconds(30)) == 1)
        #expect(try await fired(after: .seconds(30)) == 2)
        _ = try await stage.runner().tick(at: stage.clock.time)
        #expect(try await stage.orchestrator.deployment(deployment.id).isPaused)
    }

    @Test func whoIsPausedOrDeletedSeesNothing() async throws {
        let stage = try await Stage()
        let automation = try await stage.automate(["expect": ["x"], "threshold": 2])
        try await stage.orchestrator.take([stage.event("x")])
        try await stage.orchestrator.setEnabled(false, automation: automation.id)
        try await stage.orchestrator.take([stage.event("x")])
        try await stage.orchestrator.setEnabled(true, automation: automation.id)
        try await stage.orchestrator.take([stage.event("x")])
        #expect(try await stage.events("prefect.automation.triggered").isEmpty, "it counts anew")
        try await stage.orchestrator.deleteAutomation(automation.id)
        try await stage.orchestrator.take([stage.event("x")])
        #expect(try await stage.events("prefect.automation.triggered").isEmpty)
        #expect(try await stage.orchestrator.database.read { try $0.findings() } == [])
    }

    @Test func oneThatCannotBeReadStandsInNobodysWay() async throws {
        let stage = try await Stage()
        for _ in 0..<2 { try await stage.automate(["expect": ["x"]]) }
        _ = try await stage.orchestrator.database.transaction(.write) {
            try $0.run("UPDATE automation SET trigger_document = '{}' WHERE id = (SELECT min(id) FROM automation)", [])
        }
        let doomed = try await stage.automate(["expect": ["y"]])
        try await stage.orchestrator.deleteAutomation(doomed.id)
        try await stage.orchestrator.take([stage.event("x")])
        #expect(try await stage.events("prefect.automation.triggered").count == 1)
    }

    /// Automations that set off each other come to an end, and nothing of what happened is lost.
    @Test func circlesEnd() async throws {
        let stage = try await Stage()
        for _ in 0..<2 { try await stage.automate(["expect": ["start", "prefect.automation.*"]]) }
        try await stage.orchestrator.take([stage.event("start")])
        #expect(try await stage.events("start").count == 1)
        // What is told of the actions of one sets off the other.
        _ = try await stage.runner().tick(at: stage.clock.time)
        let fired = try await stage.events("prefect.automation.triggered").count
        #expect(fired > 10)
        #expect(try await stage.orchestrator.database.read { try $0.nextDelivery(outward: false) } == nil)
    }

    /// What is rolled back has never been there: neither an automation nor what it saw.
    @Test func whatIsRefusedLeavesNothing() async throws {
        let stage = try await Stage()
        let bad: [JSONValue] = [
            ["type": "run-deployment", "deployment_id": stage.agentID.json, "parameters": ["a": "{{ event. }}"]],
            ["type": "send-notification", "block_document_id": stage.agentID.json, "body": "{% if %}"],
        ]
        for action in bad {
            await #expect(throws: OrchestrationError.self) { try await stage.automate(["expect": ["x"]], [action]) }
        }
        try await stage.orchestrator.take([stage.event("x")])
        #expect(try await stage.orchestrator.countAutomations() == 0)
        #expect(try await stage.told() == ["x"])
    }

    @Test func endlessLoopsAreRefused() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        let start: JSONObject = ["type": "run-deployment", "deployment_id": deployment.id.json]
        let infer: JSONObject = ["type": "run-deployment", "source": "inferred"]
        let loops: [(JSONObject, JSONObject)] = [
            (["expect": ["prefect.flow-run.Running"]], start), (["expect": ["prefect.flow-run.*"]], infer),
            (["expect": ["prefect.flow-run.Pending"], "match": ["prefect.resource.name": "x"]], infer),
        ]
        for (trigger, action) in loops {
            await #expect(throws: JSONReadingError.self) { try await stage.automate(trigger, [.object(action)]) }
        }
        try await stage.automate(["expect": ["prefect.flow-run.Completed"]], [.object(start)])
    }
}

extension Stage {
    @discardableResult
    func automate(
        _ trigger: JSONObject, _ actions: [JSONValue] = [["type": "do-nothing"]]
    ) async throws -> Automation {
        var trigger = trigger
        if trigger["type"] == nil, trigger["posture"] == nil { trigger["posture"] = "Reactive" }
        let body: JSONValue = ["name": "auto", "trigger": .object(trigger), "actions": .array(actions)]
        return try await orchestrator.createAutomation(try AutomationRequest(reading: JSONReader(body)))
    }

    func event(_ name: String, about resource: String = "lab.1") -> Event {
        Event(
            id: orchestrator.surroundings.newID(), occurred: clock.time, received: clock.time, name: name,
            resource: EventResource(labels: ["prefect.resource.id": .string(resource)]))
    }

    func events(_ name: String) async throws -> [Event] {
        var filter = EventFilter()
        filter.order = .ascending
        filter.name.names = [name]
        return try await orchestrator.events(filter, limit: 200).events
    }

    /// The names of all events that are no run's or pool's, in the order of the alphabet.
    func told() async throws -> [String] {
        try await orchestrator.events(EventFilter(), limit: 200).events.map(\.name).filter {
            !["prefect.work-", "prefect.flow", "prefect.deployment"].contains(where: $0.hasPrefix)
        }.sorted()
    }

    func runner(_ side: ActionRunner.Side = .inward, _ messenger: any Messenger = Silence()) -> ActionRunner {
        ActionRunner(orchestrator, side, messenger: messenger, portraits: Portraits())
    }
}

/// Nobody answers.
struct Silence: Messenger {
    struct Nobody: Error {}

    func send(_ message: OutwardMessage) async throws -> OutwardAnswer { throw Nobody() }

    func send(_ mail: OutwardMail) async throws { throw Nobody() }
}

/// Things are as their ids say.
struct Portraits: ResourcePortraits {
    let pages = "http://pages"

    func portrait(of kind: EventResourceKind, id: String) async throws -> JSONObject? {
        ["id": .string(id), "name": .string("the \(kind.rawValue)")]
    }
}
