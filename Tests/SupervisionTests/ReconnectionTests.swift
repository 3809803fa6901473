import Glibc
import Supervision
import Testing

struct ReconnectionTests {
    let harness: SupervisorHarness

    init() async throws { harness = try await SupervisorHarness() }

    @Test func anAgentThatComesBackFindsWhatLivesAndWhatEnded() async throws {
        mkfifo(harness.path("gate"), 0o600)
        harness.agent.client.start(harness.script("living", "echo hello; sleep 1000"))
        harness.agent.client.start(harness.script("ending", "read x < gate; echo done; exit 9"))
        harness.agent.client.start(harness.command("failing", ["no-such-command"]))
        let living = try await harness.agent.pid(of: "living")
        let ending = try await harness.agent.pid(of: "ending")
        _ = try await harness.agent.failure(of: "failing")
        _ = try await harness.lines("living", count: 1)
        harness.agent.client.close()
        write("go\n", to: harness.path("gate"))
        try await eventually("an end without an agent") { !isAlive(ending) }

        let agent = try await harness.reconnect()
        let exit = try await agent.exit(of: "ending")
        #expect(exit.status == .exited(9))
        #expect(exit.capturedBytes == 13 + 5)
        let reports = try await agent.client.children()
        #expect(reports.count == 3)
        for report in reports {
            switch (report.token, report.state) {
            case ("living", .running(let pid, let startedAt, let captured)):
                #expect(pid == living && startedAt > 0 && captured == 13 + 6)
            case ("ending", .ended(let reported)): #expect(reported == exit)
            case ("failing", .failedToStart(let reason)): #expect(reason == .commandNotFound("no-such-command"))
            default: Issue.record("unexpected: \(report)")
            }
        }
    }

    @Test func whatIsAcknowledgedIsForgotten() async throws {
        _ = try await harness.agent.run(harness.script("a", "true"))
        _ = try await harness.agent.run(harness.script("b", "true"))
        harness.agent.client.acknowledge(token: "a")
        #expect(try await harness.agent.client.children().map(\.token) == ["b"])
        harness.agent.client.close()
        let agent = try await harness.reconnect()
        _ = try await agent.exit(of: "b")
        #expect(!agent.events.contains { if case .exited("a", _) = $0 { true } else { false } })
    }

    @Test func aLivingChildCannotBeAcknowledged() async throws {
        harness.agent.client.start(harness.script("a", "sleep 1000"))
        harness.agent.client.acknowledge(token: "a")
        #expect(try await harness.agent.client.children().map(\.token) == ["a"])
    }

    @Test func aNewAgentReplacesTheOldOne() async throws {
        harness.agent.client.start(harness.script("a", "sleep 1000"))
        let pid = try await harness.agent.pid(of: "a")
        let agent = try await harness.reconnect()
        #expect(agent.client.supervisorPID == harness.supervisorPID)
        try await harness.agent.disconnection()
        await #expect(throws: SupervisionError.disconnected) { try await harness.agent.client.children() }
        #expect(isAlive(pid))
        agent.client.stop(token: "a", grace: .zero)
        #expect(try await agent.exit(of: "a").stop == .requested)
    }

    @Test func manyAgentsAtOnceFindOneSupervisor() async throws {
        let directory = temporaryDirectory()
        defer { removeDirectory(directory) }
        let launch = [fixturePath, directory, "100"]
        let pids = try await withThrowingTaskGroup(of: Int32.self) { group in
            for _ in 0..<5 {
                group.addTask { try await SupervisorClient.connect(directory: directory, launch: launch).supervisorPID }
            }
            return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
        }
        #expect(pids.count == 1)
        try await eventually("the idle end") { !pids.contains(where: isAlive) }
    }
}
