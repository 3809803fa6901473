import AgentRuntime
import Domain
import Glibc
import Testing
import Wire

/// Prefect's flows, executed by the real agent: in a Python of their own, or in one that was warm.
@Suite(.timeLimit(.minutes(3)))
struct PrefectFlowTests {
    private let folder = TemporaryFolder()

    private func withAgent(
        keepsWarm: Bool = true, _ variables: [String: String] = [:],
        _ body: (FakeServer, FakePrefect) async throws -> Void
    ) async throws {
        let server = try FakeServer()
        let prefect = try FakePrefect(in: folder)
        async let serving: Void = server.serve()
        var environment = AgentHarness.variables.merging(variables) { $1 }
        environment["PYTHONPATH"] = prefect.path
        let agent = try AgentHarness(
            folder, server: server, slots: 4, environment: environment, keepsPythonWarm: keepsWarm)
        #expect(await server.hears { $0.credit == 4 })
        try await body(server, prefect)
        _ = try await agent.leave(.stop)
        await server.close()
        await serving
    }

    /// What the run printed, and how it ended.
    private func run(_ assignment: Assignment, on server: FakeServer) async throws -> (lines: [String], AttemptEnd) {
        server.assign(assignment)
        #expect(await server.hears { $0.end(of: assignment.key) != nil })
        return (server.now.text(of: assignment.key), try #require(server.now.end(of: assignment.key)))
    }

    /// Executes flows until one begins warm.
    private func warmUp(
        _ server: FakeServer, from first: UInt64 = 1000, _ edit: (inout Assignment) -> Void = { _ in }
    ) async throws {
        for number in first..<first + 200 {
            var assignment = Assignment.flow(.test(number), "")
            edit(&assignment)
            if try await run(assignment, on: server).lines.first == "warm" { return }
        }
        Issue.record("no Python ever was warm")
    }

    @Test func theFirstFlowIsColdAndLaterOnesAreWarmWithAnEnvironmentOfTheirOwn() async throws {
        try await withAgent { (server, _) async throws -> Void in
            let say = """
                print(os.environ["SLUICE_ATTEMPT"], os.environ["PREFECT__FLOW_RUN_ID"], os.environ.get("EXTRA"))
                print(os.getcwd() == sys.path[0], sys.argv[0].endswith("engine.py"), os.getsid(0) == os.getpid())
                print("error", file=sys.stderr)
                """
            let first = try await run(.flow(.test(1), say), on: server)
            #expect(
                first.lines.sorted()
                    == ["True True True", "cold", "error", "1 \(AttemptKey.test(1).run) None"].sorted())
            try await warmUp(server)
            let second = try await run(.flow(.test(2, attempt: 3), say), on: server)
            #expect(
                second.lines.sorted()
                    == ["True True True", "warm", "error", "3 \(AttemptKey.test(2).run) None"].sorted())
            #expect(second.1.cause == .exited(code: 0))
            #expect(second.1.peakMemoryBytes > 0)
        }
    }

    @Test func aWarmFlowEndsAsItWouldHaveEndedCold() async throws {
        try await withAgent { (server, _) async throws -> Void in
            try await warmUp(server)
            for (number, (code, cause)) in [
                ("sys.exit(7)", AttemptEnd.Cause.exited(code: 7)), ("os._exit(3)", .exited(code: 3)),
                ("os.kill(os.getpid(), 9)", .signaled(9)), ("raise ValueError('x')", .exited(code: 1)),
            ].enumerated() {
                let (lines, end) = try await run(.flow(.test(UInt64(number + 1)), code), on: server)
                #expect(lines.first == "warm")
                #expect(end.cause == cause)
            }
        }
    }

    @Test func aStopReachesAWarmFlowAndAllThatItStarted() async throws {
        try await withAgent { (server, _) async throws -> Void in
            try await warmUp(server)
            let key = AttemptKey.test(1)
            server.assign(
                .flow(
                    key,
                    """
                    import signal, subprocess, time
                    other = subprocess.Popen(["sleep", "1000"], start_new_session=True)
                    def end(*_):
                        print("asked", os.path.exists(os.environ["SLUICE_STOP_FILE"]), flush=True); os._exit(0)
                    signal.signal(signal.SIGTERM, end)
                    print(os.path.exists(os.environ["SLUICE_STOP_FILE"]), other.pid, flush=True)
                    while True: time.sleep(1)
                    """))
            #expect(await server.hears { $0.text(of: key).count == 2 })
            server.say(.stop(key, grace: .seconds(20), reason: "enough"))
            #expect(await server.hears { $0.end(of: key) != nil })
            #expect(server.now.end(of: key)?.cause == .stopped)
            let lines = server.now.text(of: key)
            #expect(lines.last == "asked True")
            let other = try #require(lines[1].split(separator: " ").last.flatMap { Int32($0) })
            #expect(lines[1].hasPrefix("False"))
            #expect(kill(other, 0) != 0, "what left the session is gone, too")
        }
    }

    @Test func environmentsShareNoPython() async throws {
        try await withAgent { (server, _) async throws -> Void in
            try await warmUp(server) { $0.environment = ["TONGUE": "one"] }
            var other = Assignment.flow(.test(1), #"print(os.environ["TONGUE"])"#)
            other.environment = ["TONGUE": "two"]
            #expect(try await run(other, on: server).lines == ["cold", "two"])
            var own = Assignment.flow(.test(2), #"print(os.environ["PREFECT_API_AUTH_STRING"])"#)
            own.environment = ["TONGUE": "one", "PREFECT_API_AUTH_STRING": "secret"]
            #expect(try await run(own, on: server).lines == ["warm", "secret"], "a credential makes no environment")
        }
    }

    @Test func settingsAreThoseOfTheRun() async throws {
        try await withAgent { (server, _) async throws -> Void in
            try await warmUp(server)
            var assignment = Assignment.flow(
                .test(1), "from prefect import context; print(context.GLOBAL_SETTINGS_CONTEXT.settings.credential)")
            assignment.environment = ["PREFECT_API_AUTH_STRING": "secret"]
            #expect(try await run(assignment, on: server).lines == ["warm", "secret"])
        }
    }

    @Test func whatIsInstalledAnewIsImportedAnew() async throws {
        try await withAgent { (server, prefect) async throws -> Void in
            try await warmUp(server)
            try prefect.write("import os\nimported_by = os.getpid()\nversion = 'new'\n", to: "__init__.py")
            let first = try await run(.flow(.test(1), "print(prefect.version)"), on: server)
            #expect(first.lines == ["cold", "new"])
            try await warmUp(server, from: 2000)
            #expect(try await run(.flow(.test(2), "print(prefect.version)"), on: server).lines == ["warm", "new"])
        }
    }

    @Test func whatStartsThreadsIsNeverWarm() async throws {
        try await withAgent { (server, prefect) async throws -> Void in
            try prefect.write(
                """
                import os, sys, threading
                imported_by = os.getpid()
                if sys.argv[1:] == ["zygote"]: threading.Thread(target=threading.Event().wait, daemon=True).start()
                """, to: "__init__.py")
            for number in 1...8 as ClosedRange<UInt64> {
                #expect(try await run(.flow(.test(number), ""), on: server).lines == ["cold"])
            }
        }
    }

    @Test(arguments: [true, false])
    func nothingIsKeptWarmThatIsNotToBe(byAgent: Bool) async throws {
        try await withAgent(keepsWarm: !byAgent) { (server, _) async throws -> Void in
            let flow = PrefectFlow(warmStart: byAgent ? .wanted : .refused)
            for number in 1...8 as ClosedRange<UInt64> {
                #expect(try await run(.flow(.test(number), "", flow), on: server).lines == ["cold"])
            }
        }
    }

    @Test func theAgentsVariablesStandInForTheirNames() async throws {
        try await withAgent(["DEPTH": "12"]) { (server, _) async throws -> Void in
            var assignment = Assignment.flow(.test(1), #"print(os.environ["WATER"])"#)
            assignment.environment = ["WATER": "{{ $DEPTH }} m{{ $NONE }}"]
            #expect(try await run(assignment, on: server).lines == ["cold", "12 m"])
            var command = assignment
            command.key = .test(2)
            command.arguments = ["sh", "-c", "echo $WATER {{ $DEPTH }}; echo $PREFECT__WORKER_NAME"]
            #expect(try await run(command, on: server).lines == ["12 m 12", "tester"])
        }
    }

    @Test func anInterpreterIsAPathAnEnvironmentOrAName() async throws {
        try await withAgent { (server, _) async throws -> Void in
            let environment = "\(folder.path)/venv"
            for directory in [environment, "\(environment)/bin"] { mkdir(directory, 0o755) }
            symlink("/usr/bin/python3", "\(environment)/bin/python")
            let config = try #require(fopen("\(environment)/pyvenv.cfg", "w"))
            fputs("home = /usr/bin\ninclude-system-site-packages = false\n", config)
            fclose(config)
            let say = #"print(sys.prefix, os.environ.get("VIRTUAL_ENV"), os.environ["PATH"].split(":")[0])"#
            let words = "\(environment) \(environment) \(environment)/bin"
            for (number, python) in [environment, "\(environment)/bin/python"].enumerated() {
                let flow = PrefectFlow(python: python, warmStart: .refused)
                let (lines, _) = try await run(.flow(.test(UInt64(number + 1)), say, flow), on: server)
                #expect(lines == ["cold", words])
            }
            let (_, end) = try await run(.flow(.test(9), "", PrefectFlow(python: "/no/such/python")), on: server)
            #expect(end.cause == .notStarted)
            #expect(end.message?.contains("there is no interpreter /no/such/python") == true)
        }
    }
}
