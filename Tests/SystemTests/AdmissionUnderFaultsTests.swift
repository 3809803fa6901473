import Glibc
import HTTPClient
import JSON
import TestSupport
import Testing

/// Limits hold exactly, with a thousand submissions at once and agents that are killed: seen from what the programs write
/// themselves, who know nothing of limits.
@Suite(.timeLimit(.minutes(10))) struct AdmissionUnderFaultsTests {
    private static let submitted = 1000
    /// The days of a year that are backfilled meanwhile.
    private static let backfilled = 365
    private static let runs = submitted + backfilled
    private static let agents = ["a1", "a2", "a3"]

    @Test func capsHoldUnderCrashes() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        let evidence = "\(place.sandbox.path)/evidence"
        let kinds = try await deploy(place, evidence)
        var agents = try Dictionary(uniqueKeysWithValues: Self.agents.map { ($0, try start($0, place)) })
        async let year = place.sluice(
            "backfill", "sample/yearly", "--from", "2025-01-01", "--to", "2025-12-31", "--every", "1d",
            "--max-concurrent", "3")
        try await submit(kinds.filter { $0.key != "yearly" }.map(\.value), place)
        let backfill = try await year
        #expect(backfill.status == 0, "\(backfill.errors)")

        var random = SeededGenerator(seed: 6)
        for killed in 1...8 {
            let most = killed * Self.runs / 12
            _ = try await eventually("\(most) runs to have ended", atMost: .seconds(240)) {
                Evidence(contents(of: evidence)).ended.count >= most ? true : nil
            }
            let name = Self.agents[Int.random(in: 0..<3, using: &random)]
            if killed == 5 { kill(try await place.supervisor(of: name), SIGKILL) }
            agents[name]?.signal(SIGKILL)
            try await agents[name]?.wait()
            agents[name] = try start(name, place)
        }
        try await waitForAll(place)
        let account = Evidence(contents(of: evidence))
        #expect(Set(account.ended.map(\.run)).count == Self.runs, "every run has come to its end")
        expectCapsKept(in: account)
        try await expectAllGivenBack(place)
    }

    private func expectCapsKept(in account: Evidence) {
        for (what, cap, belongs) in [
            ("the tag", 3, { $0.kind.hasPrefix("tagged") }), ("the deployment", 2, { $0.kind == "limited" }),
            ("the backfill", 3, { $0.kind == "yearly" }),
        ] as [(String, Int, (Evidence.Attempt) -> Bool)] {
            let most = account.most(belongs)
            #expect(most <= cap, "\(most) at once of \(what), whose limit is \(cap)")
            #expect(most == cap, "and it was made use of")
        }
        for name in Self.agents {
            // Four processors, and one and a half for each.
            let most = account.most { $0.kind == "hungry" && $0.place.contains("/\(name)/") }
            #expect((1...2).contains(most), "\(most) at once on \(name)")
        }
    }

    private func start(_ name: String, _ place: Installation) throws -> Program {
        try place.startAgent(name, slots: 8, ["--cpu", "4", "--memory", "1GiB"])
    }

    /// - Returns: the ids of the deployments, by their names.
    private func deploy(_ place: Installation, _ evidence: String) async throws -> [String: String] {
        var ids: [String: String] = [:]
        for (kind, document) in [
            ("tagged-a", "tags: [db]"), ("tagged-b", "tags: [db, more]"), ("limited", "concurrency: {limit: 2}"),
            ("hungry", "requires: {cpu: 1.5}"), ("yearly", ""),
        ] {
            // One write each, to a file that is open for appending: what is below was written later.
            let script = """
                me="\(kind) $SLUICE_RUN_ID $SLUICE_ATTEMPT $PWD"
                echo "+ $me" >> '\(evidence)'
                sleep 0.01
                echo "- $me" >> '\(evidence)'

                """
            try await place.deploy(kind, script: script, "\(document)\ncrash_retries: {max: 100, delay: 10ms}")
            let shown = try await place.json("deployment", "show", "sample/\(kind)")
            ids[kind] = try #require(shown["id"]?.stringValue)
        }
        let limit = HTTPRequest(
            .post, "http://\(place.http)/api/concurrency_limits/",
            json: #"{"tag": "db", "concurrency_limit": 3}"#)
        #expect(try await HTTPSession().send(limit).status < 300)
        return ids
    }

    private func submit(_ deployments: [String], _ place: Installation) async throws {
        let session = HTTPSession()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<Self.submitted {
                let deployment = deployments[number % deployments.count]
                group.addTask {
                    try await session.send(
                        HTTPRequest(
                            .post, "http://\(place.http)/api/deployments/\(deployment)/create_flow_run", json: "{}")
                    ).status
                }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.count == Self.submitted && statuses.allSatisfy { $0 == 201 }, "\(Set(statuses))")
    }

    private func waitForAll(_ place: Installation) async throws {
        let count = HTTPRequest(
            .post, "http://\(place.http)/api/flow_runs/count",
            json: #"{"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}"#)
        _ = try await eventually("all runs to be completed", atMost: .seconds(240)) {
            try await HTTPSession().send(count).text == "\(Self.runs)" ? true : nil
        }
    }

    private func expectAllGivenBack(_ place: Installation) async throws {
        let limit = HTTPRequest(.get, "http://\(place.http)/api/v2/concurrency_limits/tag:db")
        let shown = try JSONValue(parsing: try await HTTPSession().send(limit).text)
        #expect(shown["active_slots"] == 0, "\(shown)")
        for agent in try await place.json("agent", "ls").arrayValue ?? [] {
            #expect(agent["offer_held"] == ["cpu": 0, "memory": 0, "gpu": 0], "\(agent)")
        }
    }
}

/// What the programs wrote: a line when they began, and one when they ended.
private struct Evidence {
    struct Attempt: Hashable {
        let kind, run, number, place: String
    }

    private let lines: [(begins: Bool, attempt: Attempt)]
    /// The attempts that came to their end. Of one that was killed nobody knows when it ceased to be.
    let ended: Set<Attempt>

    init(_ text: String) {
        lines = text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 5 else { return nil }
            return (words[0] == "+", Attempt(kind: words[1], run: words[2], number: words[3], place: words[4]))
        }
        ended = Set(lines.filter { !$0.begins }.map(\.attempt))
    }

    /// How many attempts that `belongs` holds for lived at once, at most.
    func most(_ belongs: (Attempt) -> Bool) -> Int {
        var (living, most) = (0, 0)
        for (begins, attempt) in lines where ended.contains(attempt) && belongs(attempt) {
            living += begins ? 1 : -1
            most = max(most, living)
        }
        return most
    }
}

extension HTTPRequest {
    fileprivate init(_ method: HTTPMethod, _ url: String, json: String) {
        self.init(method, url, headers: ["content-type": "application/json"], body: .bytes(Array(json.utf8)))
    }
}
