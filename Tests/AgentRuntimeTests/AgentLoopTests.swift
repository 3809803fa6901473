import AgentRuntime
import Domain
import Testing
import Wire

/// The whole agent but for its `main`: real sockets, a real supervisor, real programs.
@Suite(.timeLimit(.minutes(2)))
struct AgentLoopTests {
    private func withAgent(
        _ habits: FakeServer.Habits = FakeServer.Habits(), slots: Int = 2,
        _ body: (FakeServer, AgentHarness, TemporaryFolder) async throws -> Void
    ) async throws {
        let server = try FakeServer(habits)
        let folder = TemporaryFolder()
        async let serving: Void = server.serve()
        let agent = try AgentHarness(folder, server: server, slots: slots)
        #expect(await server.hears { $0.credit == slots })
        try await body(server, agent, folder)
        _ = try await agent.leave(.stop)
        await server.close()
        await serving
    }

    @Test func executesAProgram() async throws {
        try await withAgent { server, _, _ in
            let key = AttemptKey.test(1)
            server.assign(.test(key, ["true"]))
            #expect(await server.hears { $0.end(of: key) != nil })
            #expect(server.now.end(of: key)?.cause == .exited(code: 0))
            #expect(server.now.hasStarted(key))
            #expect(server.now.reports.filter { $0.key == key }.map(\.sequence) == [1, 2])
            #expect(await server.hears { $0.credit == 2 })
        }
    }

    @Test func givesAProgramWhatDesignPromises() async throws {
        try await withAgent { server, _, _ in
            let key = AttemptKey.test(2)
            let script = """
                echo "$SLUICE_RUN_ID $SLUICE_ATTEMPT $SLUICE_RUN_NAME $SLUICE_FLOW_NAME $SLUICE_DEPLOYMENT_NAME"
                echo "$SLUICE_API_URL $PREFECT_API_URL $PREFECT__FLOW_RUN_ID $SLUICE_AGENT_NAME $PYTHONUNBUFFERED"
                echo "$SLUICE_PARAMETERS $(cat "$SLUICE_PARAMETERS_FILE") [$SLUICE_SECRET] $KEPT $OWN"
                pwd; ls -A
                """
            var assignment = Assignment.test(key, ["sh", "-c", script])
            assignment.environment = ["OWN": "mine"]
            server.assign(assignment)
            #expect(await server.hears { $0.end(of: key) != nil })
            let run = key.run.description
            let lines = server.now.text(of: key)
            try #require(lines.count == 4)
            #expect(lines[0] == "\(run) 1 brave-otter flow deployment")
            let api = "http://127.0.0.1:4200/api"
            #expect(lines[1] == "\(api) \(api) \(run) tester 1")
            #expect(lines[2] == #"{"x":1} {"x":1} [] yes mine"#)
            #expect(lines[3].hasSuffix("/runs/\(key)/work"))
        }
    }

    @Test func aFailureCarriesTheLastLinesOfStderr() async throws {
        try await withAgent { server, _, _ in
            let key = AttemptKey.test(3)
            server.assign(.test(key, ["sh", "-c", "echo out; echo broken >&2; exit 7"]))
            #expect(await server.hears { $0.end(of: key) != nil })
            let end = server.now.end(of: key)
            #expect(end?.cause == .exited(code: 7))
            #expect(end?.message == "broken")
            #expect(server.now.logs[key]?.first { $0.level == 40 }?.message == "broken")
            #expect(server.now.logs[key]?.first { $0.level == 20 }?.message == "out")
        }
    }

    @Test func whatCannotBeStartedIsReported() async throws {
        try await withAgent { server, _, _ in
            var cases: [(Assignment, String)] = [
                (.test(.test(4), ["no-such-program"]), "command not found: no-such-program"),
                (.test(.test(5), []), "the command is empty"),
                (.test(.test(6), ["echo", "a\0b"]), "an argument of echo cannot be passed"),
                (.test(.test(7), ["true"]), "no such working directory: /no/where"),
                (.test(.test(8), ["true"]), "the working directory sub is relative"),
            ]
            cases[3].0.workingDirectory = "/no/where"
            cases[4].0.workingDirectory = "sub"
            for (assignment, message) in cases {
                let key = assignment.key
                server.assign(assignment)
                #expect(await server.hears { $0.end(of: key) != nil })
                #expect(server.now.end(of: key)?.cause == .notStarted)
                #expect(server.now.end(of: key)?.message?.hasPrefix(message) == true)
                #expect(await server.hears { $0.credit == 2 })
            }
        }
    }

    @Test func stopsWhatTheServerWantsStopped() async throws {
        try await withAgent { server, _, _ in
            let key = AttemptKey.test(9)
            server.assign(.test(key, ["sleep", "60"]))
            #expect(await server.hears { $0.hasStarted(key) })
            server.say(.stop(key, grace: .seconds(2), reason: "cancelled"))
            #expect(await server.hears { $0.end(of: key) != nil })
            #expect(server.now.end(of: key)?.cause == .stopped)
        }
    }

    @Test func anAssignmentSaidTwiceIsExecutedOnce() async throws {
        try await withAgent { server, _, folder in
            let key = AttemptKey.test(10)
            let assignment = Assignment.test(key, ["sh", "-c", "echo x >> \(folder.path)/count; sleep 0.2"])
            server.assign(assignment)
            server.say(.assignment(assignment))
            #expect(await server.hears { $0.end(of: key) != nil })
            let answers = server.now.messages.filter { $0 == .assignmentAnswer(key, declined: nil) }
            #expect(answers.count == 2)
            #expect(contents("\(folder.path)/count") == "x\n")
        }
    }

    @Test func moreThanItHasSlotsForIsDeclined() async throws {
        try await withAgent(slots: 1) { server, _, _ in
            let (first, second) = (AttemptKey.test(11), AttemptKey.test(12))
            server.assign(.test(first, ["sleep", "60"]))
            server.assign(.test(second, ["true"]))
            let declined = AgentMessage.assignmentAnswer(second, declined: "all 1 slots of this agent are in use")
            #expect(await server.hears { $0.messages.contains(declined) })
            server.say(.stop(first, grace: .zero, reason: "done"))
            #expect(await server.hears { $0.end(of: first) != nil && $0.credit == 1 })
        }
    }

    @Test func garbageChangesNothing() async throws {
        try await withAgent { server, _, _ in
            server.sayRaw([])
            server.sayRaw([0xFF, 0x00, 0x13])
            var wrongVersion = Envelope(session: 1, body: ServerMessage.drain(reason: "")).encoded()
            wrongVersion[1] = 99
            server.sayRaw(wrongVersion)
            let key = AttemptKey.test(13)
            server.assign(.test(key, ["true"]))
            #expect(await server.hears { $0.end(of: key) != nil })
        }
    }

    @Test func aDrainedAgentFinishesAndEnds() async throws {
        let server = try FakeServer()
        let folder = TemporaryFolder()
        async let serving: Void = server.serve()
        let agent = try AgentHarness(folder, server: server)
        let key = AttemptKey.test(14)
        #expect(await server.hears { $0.credit == 2 })
        server.assign(.test(key, ["sleep", "0.3"]))
        #expect(await server.hears { $0.hasStarted(key) })
        server.say(.drain(reason: "maintenance"))
        #expect(try await agent.ending.value == .drained)
        #expect(await server.hears { $0.hasGoodbye })
        #expect(server.now.end(of: key)?.cause == .exited(code: 0))
        await server.close()
        await serving
    }

    @Test func aRefusedAgentEnds() async throws {
        var habits = FakeServer.Habits()
        habits.welcomes = false
        let server = try FakeServer(habits)
        let folder = TemporaryFolder()
        async let serving: Void = server.serve()
        let agent = try AgentHarness(folder, server: server)
        #expect(await server.hears { !$0.hellos.isEmpty })
        server.say(.refused(.invalid, message: "no pool named default"))
        #expect(try await agent.ending.value == .refused("no pool named default"))
        await server.close()
        await serving
    }

    @Test func nothingIsLeftOfARunThatIsOver() async throws {
        try await withAgent { server, _, folder in
            let key = AttemptKey.test(15)
            server.assign(.test(key, ["sh", "-c", "echo hello; mkdir a; echo b > a/c; ln -s /etc a/d"]))
            #expect(await server.hears { $0.end(of: key) != nil && $0.credit == 2 })
            #expect(await eventually { names(in: "\(folder.path)/agent/runs").allSatisfy { $0.hasPrefix("spare.") } })
            #expect(await eventually { names(in: "\(folder.path)/agent/captures").isEmpty })
        }
    }

    @Test func whateverAProgramWritesArrives() async throws {
        try await withAgent { server, _, _ in
            let (long, binary, many) = (AttemptKey.test(16), AttemptKey.test(17), AttemptKey.test(18))
            let script = "head -c 10485760 /dev/zero | tr '\\0' x; echo; echo next; printf end"
            server.assign(.test(long, ["sh", "-c", script]))
            server.assign(.test(binary, ["sh", "-c", "head -c 300000 /dev/urandom; printf '\\nclean\\n'"]))
            #expect(await server.hears { $0.end(of: long) != nil && $0.end(of: binary) != nil && $0.credit == 2 })
            let lines = server.now.text(of: long)
            #expect(lines.count == 3)
            #expect(lines.first?.hasSuffix("x… [cut: \((10 << 20) - (16 << 10)) more bytes]") == true)
            #expect(lines.suffix(2) == ["next", "end"])
            #expect(server.now.text(of: binary).last == "clean")
            server.assign(.test(many, ["sh", "-c", "seq 50000"]))
            #expect(await server.hears { $0.text(of: many).count == 50_000 })
            #expect(server.now.text(of: many).last == "50000")
        }
    }

    /// The last thing that a program wrote was sent before its end was.
    @Test func theEndComesAfterTheOutput() async throws {
        try await withAgent { server, _, _ in
            for number in UInt64(20)..<30 {
                let key = AttemptKey.test(number)
                server.assign(.test(key, ["sh", "-c", "seq 3000; echo last >&2"]))
                #expect(await server.hears { $0.end(of: key) != nil && $0.credit == 2 })
                #expect(server.now.linesAtEnd[key] == 3001)
            }
        }
    }
}
