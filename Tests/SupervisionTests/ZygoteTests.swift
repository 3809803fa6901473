import Glibc
import Supervision
import Testing

/// Children that a zygote becomes, and what happens when it does not.
@Suite(.timeLimit(.minutes(2)))
struct ZygoteTests {
    let harness: SupervisorHarness

    init() async throws { harness = try await SupervisorHarness() }

    /// As `ZygoteSpec` describes it, in few words. Each child executes the shell command in its variable `DO`.
    private static let program = """
        import os, socket, sys
        control = socket.socket(fileno=os.dup(0))
        control.send(b"ready 1024")
        while True:
            message, given, _, _ = socket.recv_fds(control, 64, 4)
            if not message: os._exit(0)
            if sys.argv[1] == "mute": continue
            if sys.argv[1] == "mad": control.send(b"what?"); continue
            reading, writing = os.pipe()
            between = os.fork()
            if between == 0:
                child = os.fork()
                if child: os.write(writing, b"%d" % child); os._exit(0)
                break
            os.close(writing)
            child = int(os.read(reading, 20))
            os.close(reading); os.waitpid(between, 0)
            for descriptor in given: os.close(descriptor)
            control.send(b"forked %d" % child)
        control.close(); os.close(reading); os.close(writing)
        os.setsid()
        os.dup2(given[0], 1); os.dup2(given[1], 2)
        if os.read(given[2], 1) != b"g": os._exit(127)
        words = os.pread(given[3], 1 << 20, 0).split(b"\\0")[:-1]
        for descriptor in given: os.close(descriptor)
        os.environb.clear()
        os.environb.update(dict(word.split(b"=", 1) for word in words[1:]))
        os.chdir(words[0])
        sys.exit(os.waitstatus_to_exitcode(os.system(os.environ["DO"])))
        """

    private func zygote(_ key: String, _ manner: String = "kind") -> ZygoteSpec {
        ZygoteSpec(
            key: key, arguments: ["python3", "-c", Self.program, manner],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], directory: "/")
    }

    private func child(_ token: String, of zygote: String, _ command: String) -> ChildSpec {
        // What is started without the zygote says so.
        var spec = harness.script(token, "echo cold")
        spec.environment["DO"] = command
        spec.zygote = zygote
        return spec
    }

    /// Opens a zygote, and waits until it can be asked.
    private func open(_ spec: ZygoteSpec) async throws -> Int32 {
        harness.agent.client.openZygote(spec)
        var found: Int32 = 0
        try await eventually("a zygote") {
            for case .zygoteReady(spec.key, let pid, let memory) in harness.agent.events {
                #expect(memory == 1 << 20)
                found = pid
            }
            return found != 0
        }
        return found
    }

    @Test func itBecomesChildrenThatAreLikeAnyOther() async throws {
        let agent = harness.agent
        _ = try await open(zygote("z"))
        let exit = try await agent.run(child("a", of: "z", "pwd; echo $SLUICE_CHILD >&2; exit 5"))
        #expect(exit.status == .exited(5))
        #expect(exit.stop == nil)
        let lines = try harness.output("a").split(separator: "\n").map(String.init)
        #expect(lines.sorted() == [harness.directory, "\(harness.directory):a"].sorted())
        let pid = try await agent.pid(of: "a")
        #expect(!isAlive(pid))
    }

    @Test func theyEndWithAllThatTheyStarted() async throws {
        let agent = harness.agent
        _ = try await open(zygote("z"))
        agent.client.start(child("a", of: "z", "sleep 1000 & setsid sleep 1000 & echo $!; wait"))
        let stray = try await harness.pids("a", count: 1)[0]
        let pid = try await agent.pid(of: "a")
        #expect(getsid(pid) == pid)
        agent.client.stop(token: "a", grace: .zero)
        let exit = try await agent.exit(of: "a")
        #expect(exit.status == .signaled(SIGKILL))
        #expect(exit.stop == .requested)
        #expect(!isAlive(stray))
    }

    @Test func aStopThatComesBeforeTheChildCountsAllTheSame() async throws {
        let agent = harness.agent
        _ = try await open(zygote("z"))
        agent.client.start(child("a", of: "z", "sleep 1000"))
        agent.client.stop(token: "a", grace: .zero)
        #expect(try await agent.exit(of: "a").stop == .requested)
    }

    @Test func manyAtOnceAreNotMixedUp() async throws {
        let agent = harness.agent
        _ = try await open(zygote("z"))
        for number in 0..<20 { agent.client.start(child("\(number)", of: "z", "echo \(number); exit \(number)")) }
        for number in 0..<20 {
            #expect(try await agent.exit(of: "\(number)").status == .exited(Int32(number)))
            #expect(try harness.output("\(number)") == "\(number)\n")
        }
    }

    @Test(arguments: ["mute", "mad"])
    func withoutAGoodAnswerTheChildIsStartedWithoutIt(manner: String) async throws {
        let agent = harness.agent
        let pid = try await open(zygote("z", manner))
        #expect(try await agent.run(child("a", of: "z", "echo warm")).status == .exited(0))
        #expect(try harness.output("a") == "cold\n")
        // It is killed, unless it ends by itself when nobody listens any more.
        try await eventually("the zygote's end") {
            agent.events.contains { if case .zygoteEnded("z", _) = $0 { true } else { false } }
        }
        #expect(!isAlive(pid))
    }

    @Test func oneThatDiesOrNeverWasHoldsNobodyUp() async throws {
        let agent = harness.agent
        #expect(try await agent.run(child("a", of: "none", "echo warm")).status == .exited(0))
        let pid = try await open(zygote("z"))
        kill(pid, SIGSTOP)
        agent.client.start(child("b", of: "z", "echo warm"))
        kill(pid, SIGKILL)
        #expect(try await agent.exit(of: "b").status == .exited(0))
        agent.client.openZygote(
            ZygoteSpec(key: "no", arguments: ["/no/such/program"], environment: [:], directory: "/"))
        try await eventually("the failure") { agent.events.contains(.zygoteEnded(key: "no", .exited(127))) }
        for token in ["a", "b"] { #expect(try harness.output(token) == "cold\n") }
    }

    @Test func closedItEndsAndWhatItBecameGoesOn() async throws {
        let agent = harness.agent
        let zygote = try await open(zygote("z"))
        agent.client.start(child("a", of: "z", "echo there; sleep 1000"))
        _ = try await harness.lines("a", count: 1)
        agent.client.closeZygote(key: "z")
        try await eventually("its end") { !isAlive(zygote) }
        #expect(isAlive(try await agent.pid(of: "a")))
        agent.client.stop(token: "a", grace: .zero)
        _ = try await agent.exit(of: "a")
    }

    @Test func theNextAgentHasNone() async throws {
        let zygote = try await open(zygote("z"))
        let next = try await harness.reconnect()
        try await eventually("its end") { !isAlive(zygote) }
        #expect(try await next.run(child("a", of: "z", "echo warm")).status == .exited(0))
        #expect(try harness.output("a") == "cold\n")
    }
}
