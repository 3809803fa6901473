import Glibc
import Supervision
import Testing

struct StoppingTests {
    let harness: SupervisorHarness

    init() async throws { harness = try await SupervisorHarness() }

    @Test func aChildThatObeysEndsAsItLikes() async throws {
        let obedient = "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done"
        harness.agent.client.start(harness.script("a", obedient))
        _ = try await harness.lines("a", count: 1)
        harness.agent.client.stop(token: "a", grace: .seconds(30))
        let exit = try await harness.agent.exit(of: "a")
        #expect(exit.status == .exited(7))
        #expect(exit.stop == .requested)
        #expect(try harness.output("a").hasSuffix("bye\n"))
    }

    @Test(arguments: [Duration.zero, .milliseconds(100)])
    func aChildThatIgnoresTermIsKilled(grace: Duration) async throws {
        harness.agent.client.start(harness.script("a", "trap '' TERM; echo ready; while :; do sleep 1; done"))
        _ = try await harness.lines("a", count: 1)
        harness.agent.client.stop(token: "a", grace: grace)
        let exit = try await harness.agent.exit(of: "a")
        #expect(exit.status == .signaled(SIGKILL))
        #expect(exit.stop == .requested)
    }

    @Test func aSecondStopShortensTheGrace() async throws {
        harness.agent.client.start(harness.script("a", "trap '' TERM; echo ready; while :; do sleep 1; done"))
        _ = try await harness.lines("a", count: 1)
        harness.agent.client.stop(token: "a", grace: .seconds(3600))
        harness.agent.client.stop(token: "a", grace: .zero)
        #expect(try await harness.agent.exit(of: "a").status == .signaled(SIGKILL))
    }

    @Test func aChildThatIsSuspendedHearsTheStop() async throws {
        harness.agent.client.start(harness.script("a", "kill -STOP $$"))
        let pid = try await harness.agent.pid(of: "a")
        try await eventually("the suspension") { state(of: pid) == "T" }
        harness.agent.client.stop(token: "a", grace: .seconds(3600))
        #expect(try await harness.agent.exit(of: "a").status == .signaled(SIGTERM))
    }

    /// A process in the child's group, one in a session of its own, a daemon that got away, one that hides its origin,
    /// and a session with a process in it.
    private static let family = """
        sleep 1000 & echo $!
        setsid sleep 1000 & echo $!
        (setsid sleep 1000 & echo $!)
        (env -i setsid sleep 1000 & echo $!)
        setsid sh -c 'sleep 1000 & echo $!; sleep 1000' & echo $!

        """

    @Test func whatAChildLeavesBehindIsGone() async throws {
        mkfifo(harness.path("gate"), 0o600)
        harness.agent.client.start(harness.script("a", "sleep 1000"))
        harness.agent.client.start(harness.script("b", Self.family + "read x < gate; exit 3"))
        let pids = try await harness.pids("b", count: 6)
        #expect(pids.allSatisfy(isAlive))
        write("go\n", to: harness.path("gate"))
        #expect(try await harness.agent.exit(of: "b").status == .exited(3))
        try await eventually("the end of those that tell whose they are") { pids.filter(isAlive).count <= 1 }
        // The one that hides may be of either child, as far as can be known.
        harness.agent.client.stop(token: "a", grace: .seconds(30))
        _ = try await harness.agent.exit(of: "a")
        try await eventually("the end of all") { !pids.contains(where: isAlive) }
    }

    @Test func aStopReachesEveryDescendant() async throws {
        harness.agent.client.start(harness.script("a", Self.family + "sleep 1000"))
        let pids = try await harness.pids("a", count: 6)
        harness.agent.client.stop(token: "a", grace: .milliseconds(500))
        #expect(try await harness.agent.exit(of: "a").stop == .requested)
        try await eventually("the end of all") { !pids.contains(where: isAlive) }
    }

    @Test func descendantsHaveTheGraceEvenWhenTheMainProcessIsGone() async throws {
        let worker = "trap 'sleep 0.2; echo saved; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
        harness.agent.client.start(harness.script("a", "sh -c \"\(worker)\"; true"))
        harness.agent.client.start(harness.script("b", "setsid sh -c \"\(worker)\"; true"))
        for token in ["a", "b"] {
            _ = try await harness.lines(token, count: 1)
            harness.agent.client.stop(token: token, grace: .seconds(3600))
            #expect(try await harness.agent.exit(of: token).status == .signaled(SIGTERM))
            #expect(try harness.output(token).hasSuffix("saved\n"))
        }
    }

    @Test func oneChildsEndLeavesTheDaemonsOfOthersAlone() async throws {
        harness.agent.client.start(harness.script("a", "(setsid sleep 1000 & echo $!); sleep 1000"))
        let daemon = try await harness.pids("a", count: 1)[0]
        #expect(try await harness.agent.run(harness.script("b", "(setsid sleep 1000 &); true")).status == .exited(0))
        #expect(isAlive(daemon))
    }
}
