import Glibc
import Supervision
import Testing

struct StartingTests {
    let harness: SupervisorHarness

    init() async throws { harness = try await SupervisorHarness() }

    @Test(arguments: [0, 1, 77, 255])
    func anExitCodeIsReported(code: Int32) async throws {
        let exit = try await harness.agent.run(harness.script("a", "exit \(code)"))
        #expect(exit.status == .exited(code))
        #expect(exit.stop == nil)
        #expect(exit.capturedBytes == 0)
        #expect(exit.startedAt > 0 && exit.endedAt >= exit.startedAt)
        #expect(exit.peakMemoryBytes > 0)
        #expect(access(harness.path("a.capture"), F_OK) != 0, "a silent child leaves no file")
    }

    @Test(arguments: [SIGKILL, SIGSEGV, SIGTERM])
    func aDeathBySignalIsReported(signal: Int32) async throws {
        let exit = try await harness.agent.run(harness.script("a", "kill -\(signal) $$; sleep 1000"))
        #expect(exit.status == .signaled(signal))
        #expect(exit.stop == nil)
    }

    @Test func timeOnTheProcessorIsCounted() async throws {
        let loop = "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done"
        #expect(try await harness.agent.run(harness.script("a", loop)).cpuMicroseconds > 0)
    }

    @Test func whatCannotBeStartedIsNamed() async throws {
        let agent = harness.agent
        write("no program", to: harness.path("plain"))
        write("#!/no/such/interpreter\n", to: harness.path("orphaned"), mode: 0o700)
        write("\u{1}\u{2}\u{3}", to: harness.path("garbage"), mode: 0o700)
        var lost = harness.command("lost", ["true"])
        lost.directory = harness.path("nowhere")
        for spec in [
            harness.command("unknown", ["no-such-command", "x"]), harness.command("absent", ["/no/such/file"]),
            harness.command("plain", [harness.path("plain")]), harness.command("garbage", ["./garbage"]),
            harness.command("orphaned", [harness.path("orphaned")]), harness.command("empty", []),
            harness.command("nul", ["echo", "a\0b"]), lost,
        ] { agent.client.start(spec) }
        #expect(try await agent.failure(of: "unknown") == .commandNotFound("no-such-command"))
        #expect(try await agent.failure(of: "absent") == .commandNotFound("/no/such/file"))
        #expect(try await agent.failure(of: "plain") == .notExecutable(harness.path("plain")))
        #expect(try await agent.failure(of: "garbage") == .notExecutable("./garbage"))
        #expect(try await agent.failure(of: "orphaned") == .notExecutable(harness.path("orphaned")))
        #expect(try await agent.failure(of: "lost") == .directoryMissing(harness.path("nowhere")))
        for token in ["empty", "nul"] {
            guard case .other(EINVAL, _) = try await agent.failure(of: token) else {
                Issue.record("\(token) was not refused")
                continue
            }
        }
    }

    @Test func tooManyArgumentsAreRefusedWithTheSystemsReason() async throws {
        let long = String(repeating: "x", count: 200_000)
        harness.agent.client.start(harness.command("a", ["echo", long]))
        guard case .other(E2BIG, let message) = try await harness.agent.failure(of: "a") else {
            Issue.record("it was not refused")
            return
        }
        #expect(message.contains("echo"))
    }

    @Test func aChildGetsItsEnvironmentAndNothingElse() async throws {
        var spec = harness.command("a", ["mine", "%s"])
        write("#!/bin/sh\nexec /usr/bin/env\n", to: harness.path("mine"), mode: 0o700)
        spec.environment = [
            "PATH": "/nowhere:\(harness.directory)", "GREETING": "grüß dich\nWelt", "SLUICE_CHILD": "x",
        ]
        _ = try await harness.agent.run(spec)
        let lines = Set(try harness.output("a").split(separator: "\n").map(String.init))
        #expect(lines.isSuperset(of: ["GREETING=grüß dich", "Welt", "SLUICE_CHILD=\(harness.directory):a"]))
        #expect(lines.filter { $0.contains("=") && !$0.hasPrefix("_=") && !$0.hasPrefix("PWD=") }.count == 3)
    }

    @Test func aChildInheritsNoDescriptorsAndNoSignalSettings() async throws {
        let look = """
            readlink /proc/self/fd/0
            for i in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do [ -e /proc/$$/fd/$i ] && echo $i; done
            grep -E 'Sig(Blk|Ign)' /proc/self/status
            pwd
            """
        _ = try await harness.agent.run(harness.script("a", look))
        let lines = try harness.output("a").split(separator: "\n").map(String.init)
        #expect(lines[0] == "/dev/null")
        #expect(lines.dropFirst() == ["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000", harness.directory])
    }

    @Test func limitsAreSetAndTheSupervisorsOwnAreNotInherited() async throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        var limited = harness.script("limited", "ulimit -n")
        limited.limits = [ResourceLimit(resource: Int32(RLIMIT_NOFILE.rawValue), soft: 64, hard: 64)]
        _ = try await harness.agent.run(limited)
        _ = try await harness.agent.run(harness.script("usual", "ulimit -n"))
        #expect(try harness.output("limited") == "64\n")
        #expect(try harness.output("usual") == "\(limit.rlim_cur)\n")
    }

    @Test func aKnownTokenStartsNothing() async throws {
        let agent = harness.agent
        let spec = harness.script("a", "echo once")
        let first = try await agent.run(spec)
        agent.client.start(spec)
        try await eventually("the repeated exit") {
            agent.events.filter { $0 == .exited(token: "a", first) }.count == 2
        }
        #expect(try harness.output("a") == "once\n")
        agent.client.acknowledge(token: "a")
        agent.client.start(spec)
        try await eventually("a second start") { try harness.output("a") == "once\nonce\n" }
    }
}
