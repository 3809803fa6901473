import Glibc
import Supervision
import Testing

struct SupervisorLifeTests {
    let harness: SupervisorHarness

    init() async throws { harness = try await SupervisorHarness() }

    @Test func itOutlivesTheConnectionAndEndsWhenThereIsNothingToDo() async throws {
        let directory = temporaryDirectory()
        defer { removeDirectory(directory) }
        let launch = [fixturePath, directory, "50"]
        let agent = TestAgent(try await SupervisorClient.connect(directory: directory, launch: launch))
        let exit = try await agent.run(
            ChildSpec(
                token: "a", arguments: ["/bin/true"], environment: [:], directory: "/", capturePath: directory + "/a"))
        #expect(exit.status == .exited(0))
        agent.client.close()
        let again = TestAgent(try await SupervisorClient.connect(directory: directory, launch: launch))
        #expect(again.client.supervisorPID == agent.client.supervisorPID)
        _ = try await again.exit(of: "a")
        again.client.acknowledge(token: "a")
        #expect(try await again.client.children().isEmpty)
        again.client.close()
        try await eventually("the idle end") { !isAlive(agent.client.supervisorPID) }
        #expect(access(directory + "/supervisor.sock", F_OK) != 0)

        let next = TestAgent(try await SupervisorClient.connect(directory: directory, launch: launch))
        #expect(next.client.supervisorPID != agent.client.supervisorPID)
        #expect(try await next.client.children().isEmpty)
    }

    @Test func killedItTakesItsChildrenAlongAndItsSuccessorTheirDescendants() async throws {
        let family = "sleep 1000 & echo $!; setsid sleep 1000 & echo $!; echo $$; sleep 1000"
        harness.agent.client.start(harness.script("a", family))
        let pids = try await harness.pids("a", count: 3)
        kill(harness.supervisorPID, SIGKILL)
        try await harness.agent.disconnection()
        try await eventually("the child's end") { !isAlive(pids[2]) }
        let agent = try await harness.reconnect()
        #expect(agent.client.supervisorPID != harness.supervisorPID)
        #expect(!pids.contains(where: isAlive))
        #expect(try await agent.client.children().isEmpty)
        kill(agent.client.supervisorPID, SIGTERM)
        try await agent.disconnection()
    }

    @Test func askedToEndItStopsItsChildrenFirst() async throws {
        let obedient = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
        harness.agent.client.start(harness.script("a", obedient))
        _ = try await harness.lines("a", count: 1)
        kill(harness.supervisorPID, SIGTERM)
        let exit = try await harness.agent.exit(of: "a")
        #expect(exit.stop == .requested && exit.status == .exited(0))
        #expect(try harness.output("a").hasSuffix("bye\n"))
        try await harness.agent.disconnection()
        try await eventually("its end") { !isAlive(harness.supervisorPID) }
    }

    @Test func shutDownItStartsNothingMore() async throws {
        harness.agent.client.start(harness.script("a", "trap '' TERM; echo ready; while :; do sleep 1; done"))
        _ = try await harness.lines("a", count: 1)
        harness.agent.client.shutdown()
        harness.agent.client.start(harness.script("b", "true"))
        #expect(try await harness.agent.failure(of: "b") == .shuttingDown)
        harness.agent.client.stop(token: "a", grace: .zero)
        _ = try await harness.agent.exit(of: "a")
        try await harness.agent.disconnection()
    }

    @Test func itLivesInItsOwnSessionAndIsNobodysChild() async throws {
        #expect(getsid(harness.supervisorPID) == harness.supervisorPID)
        #expect(getsid(harness.supervisorPID) != getsid(0))
        #expect(waitpid(harness.supervisorPID, nil, WNOHANG) == -1)
    }

    @Test func onlyItsOwnerMayConnect() async throws {
        var information = stat()
        #expect(stat(harness.path("supervisor.sock"), &information) == 0)
        #expect(information.st_mode & 0o777 == 0o600)
    }

    @Test func aSecondOneInTheSameDirectoryIsRefused() async throws {
        var spec = harness.command("a", [fixturePath, harness.directory])
        spec.environment["HOME"] = "/"
        let exit = try await harness.agent.run(spec)
        #expect(exit.status == .exited(1))
        #expect(try harness.output("a").contains("another supervisor holds"))
    }

    @Test func aLaunchThatFailsIsExplained() async throws {
        let directory = temporaryDirectory()
        defer { removeDirectory(directory) }
        await #expect(throws: SupervisionError.launchFailed(command: "/no/such", reason: "No such file or directory")) {
            try await SupervisorClient.connect(directory: directory, launch: ["/no/such"])
        }
        await #expect(throws: SupervisionError.launchFailed(command: "sh -c echo broken; exit 1", reason: "broken\n")) {
            try await SupervisorClient.connect(directory: directory, launch: ["sh", "-c", "echo broken; exit 1"])
        }
        await #expect(throws: SupervisionError.unreachable(directory: directory, errno: ENOENT)) {
            try await SupervisorClient.connect(directory: directory, launch: ["true"])
        }
    }
}
