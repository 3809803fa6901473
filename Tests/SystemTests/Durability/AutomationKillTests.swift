import Domain
import Glibc
import HTTPClient
import JSON
import Synchronization
import TestSupport
import Testing

/// What automations were to do is done, once, when the server was killed in between.
@Suite(.timeLimit(.minutes(10)), .serialized) struct AutomationKillTests {
    private static let rounds = 8

    @Test func eachEventThatWasTakenStartsOneRun() async throws {
        var chance = SeededGenerator(seed: 5)
        let place = try Installation()
        var server = try await place.startServer()
        // Its runs wait, since no agent is there.
        let flow = try await place.post("flows/", ["name": "waits"])["id"] ?? .null
        let deployment =
            try await place.post(
                "deployments/", ["name": "waits", "flow_id": flow, "work_pool_name": "default"])["id"] ?? .null
        try await place.post(
            "automations/",
            [
                "name": "one run each", "trigger": ["posture": "Reactive", "expect": ["lab.thing"]],
                "actions": [
                    [
                        "type": "run-deployment", "deployment_id": deployment,
                        "parameters": ["event": "{{ event.id }}"],
                    ]
                ],
            ])
        var acknowledged: Set<String> = []
        for round in 0..<Self.rounds {
            let seed = UInt64(round + 1)
            async let taken = place.tellEvents(seed: seed)
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...300, using: &chance)))
            server.signal(SIGKILL)
            try await server.wait()
            acknowledged.formUnion(await taken)
            server = try await place.startServer()
        }
        let wanted = acknowledged
        #expect(wanted.count > Self.rounds, "events were taken")
        let runs = try await eventually("all that is to be done") {
            let (done, toDo) = try await place.runsByEvent()
            return toDo == 0 && wanted.isSubset(of: done.keys) ? done : nil
        }
        #expect(runs.values.allSatisfy { $0 == 1 }, "one run each")
        try await place.expectSoundData()
    }
}

extension Installation {
    @discardableResult
    fileprivate func post(_ path: String, _ body: JSONValue) async throws -> JSONValue {
        let request = HTTPRequest(
            .post, "http://\(http)/api/\(path)", headers: ["Content-Type": "application/json"],
            body: .text(body.serialized()))
        let response = try await HTTPSession().send(request)
        #expect(response.isSuccess, "\(path): \(response.text)")
        return response.body.isEmpty ? .null : try JSONValue(parsing: response.body)
    }

    /// Tells of events, one after the other, until nobody answers.
    ///
    /// - Returns: the ids of those that were taken.
    fileprivate func tellEvents(seed: UInt64) async -> Set<String> {
        var random = SeededGenerator(seed: seed)
        let session = HTTPSession()
        var taken: Set<String> = []
        while true {
            let id = ID<Event>(at: Timestamp(microseconds: 1_767_225_600_000_000), from: &random).description
            let event: JSONValue = [
                "id": .string(id), "occurred": "2026-01-01T00:00:00Z", "event": "lab.thing",
                "resource": ["prefect.resource.id": "lab.1"],
            ]
            let request = HTTPRequest(
                .post, "http://\(http)/api/events", headers: ["Content-Type": "application/json"],
                body: .text(JSONValue.array([event]).serialized()))
            guard let response = try? await session.send(request), response.isSuccess else { return taken }
            taken.insert(id)
        }
    }

    /// How many runs each event has started, and how many actions are still to be told of.
    fileprivate func runsByEvent() async throws -> (done: [String: Int], toDo: Int) {
        var runs: [String: Int] = [:]
        var offset = 0
        while true {
            let page =
                try await post("flow_runs/filter", ["limit": 200, "offset": .integer(Int64(offset))]).arrayValue ?? []
            for run in page {
                if let event = run["parameters"]?["event"]?.stringValue { runs[event, default: 0] += 1 }
            }
            offset += page.count
            if page.count < 200 { break }
        }
        func count(_ name: String) async throws -> Int {
            let filter: JSONValue = [
                "filter": ["event": ["name": [.string("prefect.automation.\(name)")]]], "limit": 1,
            ]
            return try await post("events/filter", filter)["total"]?.intValue ?? -1
        }
        return (runs, try await count("triggered") - count("action.executed"))
    }
}
