import AgentRuntime
import Domain
import Executors
import Glibc
import Testing
import Wire

/// What happens when one of agent, supervisor, server and network goes away and comes back.
@Suite(.timeLimit(.minutes(2)))
struct AgentRestartTests {
    private let folder = TemporaryFolder()

    /// An agent that leaves its children leads to the same as one that is killed: the next finds what is in the spool
    /// and at the supervisor.
    @Test func anotherAgentAdoptsWhatLivesAndReportsWhatEnded() async throws {
        let server = try FakeServer()
        async let serving: Void = server.serve()
        let (living, ended) = (AttemptKey.test(1), AttemptKey.test(2))
        let first = try AgentHarness(folder, server: server)
        #expect(await server.hears { $0.credit == 2 })
        server.assign(
            .test(
                living, ["sh", "-c", "echo before; while [ ! -e \(folder.path)/go ]; do sleep 0.01; done; echo after"]))
        server.assign(.test(ended, ["sh", "-c", "sleep 0.2; echo last words >&2; exit 5"]))
        #expect(await server.hears { $0.hasStarted(living) && $0.hasStarted(ended) })
        #expect(await server.hears { $0.text(of: living) == ["before"] })
        #expect(try await first.leave(.leave) == .left(.leave))
        #expect(await server.hears { $0.hasGoodbye })
        #expect(server.now.end(of: ended) == nil)

        let second = try await AgentHarness.again(folder, server: server)
        #expect(await server.hears { $0.hellos.count >= 2 })
        #expect(Set(server.now.hellos.last?.holding ?? []) == [living, ended])
        #expect(await server.hears { $0.end(of: ended) != nil })
        #expect(server.now.end(of: ended)?.cause == .exited(code: 5))
        #expect(server.now.end(of: ended)?.message == "last words")
        #expect(server.now.end(of: living) == nil)
        _ = creat("\(folder.path)/go", 0o600)
        #expect(await server.hears { $0.end(of: living) != nil })
        #expect(server.now.end(of: living)?.cause == .exited(code: 0))
        #expect(server.now.text(of: living) == ["before", "after"])
        // A report that was not acknowledged before the first agent left is said again by the second.
        let sequences = server.now.reports.filter { $0.key == living }.map(\.sequence)
        #expect(sequences == [1, 2] || sequences == [1, 1, 2])
        _ = try await second.leave(.stop)
        await server.close()
        await serving
    }

    @Test func whatIsNotAdoptedIsStopped() async throws {
        let server = try FakeServer()
        async let serving: Void = server.serve()
        let key = AttemptKey.test(1)
        let first = try AgentHarness(folder, server: server)
        #expect(await server.hears { $0.credit == 2 })
        server.assign(.test(key, ["sh", "-c", "echo $$ > \(folder.path)/pid; exec sleep 60"]))
        #expect(await server.hears { $0.hasStarted(key) })
        #expect(await eventually { contents("\(folder.path)/pid")?.isEmpty == false })
        _ = try await first.leave(.leave)
        let pid = pid_t(contents("\(folder.path)/pid")?.split(separator: "\n").first ?? "") ?? 0
        try #require(pid > 0)
        #expect(kill(pid, 0) == 0)
        server.change { $0.adopts = [] }
        let second = try await AgentHarness.again(folder, server: server)
        #expect(await eventually { kill(pid, 0) != 0 })
        #expect(await server.hears { $0.credit == 2 })
        #expect(server.now.end(of: key) == nil)
        _ = try await second.leave(.stop)
        await server.close()
        await serving
    }

    @Test func aSupervisorThatDiesIsReportedAndReplaced() async throws {
        let server = try FakeServer()
        async let serving: Void = server.serve()
        let agent = try AgentHarness(folder, server: server)
        #expect(await server.hears { $0.credit == 2 })
        let key = AttemptKey.test(1)
        server.assign(.test(key, ["sh", "-c", "echo $PPID > \(folder.path)/parent; echo hello; exec sleep 60"]))
        #expect(await server.hears { $0.text(of: key) == ["hello"] })
        let supervisor = pid_t(contents("\(folder.path)/parent")?.split(separator: "\n").first ?? "") ?? 0
        try #require(supervisor > 1)
        kill(supervisor, SIGKILL)
        #expect(await server.hears { $0.end(of: key) != nil })
        #expect(server.now.end(of: key)?.cause == .supervisorLost)
        let next = AttemptKey.test(2)
        #expect(await server.hears { $0.credit == 2 })
        server.assign(.test(next, ["true"]))
        #expect(await server.hears { $0.end(of: next)?.cause == .exited(code: 0) })
        _ = try await agent.leave(.stop)
        await server.close()
        await serving
    }

    @Test func aServerThatComesBackMissesNothing() async throws {
        let server = try FakeServer()
        let serving = Task { await server.serve() }
        let agent = try AgentHarness(folder, server: server)
        #expect(await server.hears { $0.credit == 2 })
        let key = AttemptKey.test(1)
        let script = "echo one; while [ ! -e \(folder.path)/go ]; do sleep 0.01; done; echo two; echo why >&2; exit 3"
        server.assign(.test(key, ["sh", "-c", script]))
        #expect(await server.hears { $0.text(of: key) == ["one"] })
        await server.close()
        await serving.value
        _ = creat("\(folder.path)/go", 0o600)

        let again = try FakeServer(endpoint: server.endpoint)
        async let servingAgain: Void = again.serve()
        #expect(await again.hears { $0.end(of: key) != nil })
        #expect(again.now.hellos.first?.holding == [key])
        #expect(again.now.end(of: key)?.cause == .exited(code: 3))
        #expect(again.now.end(of: key)?.message == "why")
        // It knows nothing of what the first one took, so it is told all that is there.
        #expect(await again.hears { $0.text(of: key) == ["one", "two", "why"] })
        _ = try await agent.leave(.stop)
        await again.close()
        await servingAgain
    }

    /// Reports and logs that the server does not take are repeated in the next session.
    @Test func whatWasNotTakenIsSaidAgain() async throws {
        var habits = FakeServer.Habits()
        habits.takesReports = false
        habits.takesLogs = false
        let server = try FakeServer(habits)
        async let serving: Void = server.serve()
        let agent = try AgentHarness(folder, server: server)
        #expect(await server.hears { $0.credit == 2 })
        let key = AttemptKey.test(1)
        server.assign(.test(key, ["sh", "-c", "seq 5000"]))
        #expect(await server.hears { $0.end(of: key) != nil })
        #expect(server.now.logs[key] == nil)
        server.change { ($0.takesReports, $0.takesLogs) = (true, true) }
        server.say(.refused(.unknownSession, message: "restarted"))
        #expect(await server.hears { $0.text(of: key).count == 5000 })
        #expect(server.now.text(of: key) == (1...5000).map(String.init))
        #expect(await eventually { names(in: "\(folder.path)/agent/runs").allSatisfy { $0.hasPrefix("spare.") } })
        _ = try await agent.leave(.stop)
        await server.close()
        await serving
    }

    /// A supervisor that was stopped hears of a start too late: that is no fault of the run, which is tried elsewhere.
    @Test func whatCannotBeStartedWithinItsLeaseHasLostItsLease() async throws {
        mkdir("\(folder.path)/captures", 0o700)
        let executor = ProcessExecutor(
            directory: "\(folder.path)/supervisor", captures: "\(folder.path)/captures",
            launch: [programFolder + "/SupervisorFixture", "\(folder.path)/supervisor", "3000"], warn: { _ in })
        _ = try await executor.recover()
        let name = ChildName.attempt(.test(1))
        executor.start(
            ChildLaunch(
                name: name, arguments: ["true"], environment: [:], directory: "/", deadline: .zero,
                grace: .seconds(1)))
        var ends: [AttemptEnd.Cause] = []
        for await events in executor.events {
            for case .ended(name, let end) in events { ends.append(end.end.cause) }
            if !ends.isEmpty { break }
        }
        #expect(ends == [.leaseEnded])
        await executor.close(stoppingChildren: true)
    }

    @Test func aSecondAgentOnTheSameDataIsRefused() async throws {
        let server = try FakeServer()
        async let serving: Void = server.serve()
        let agent = try AgentHarness(folder, server: server)
        #expect(throws: AgentDataError.self) { try AgentHarness(folder, server: server) }
        _ = try await agent.leave(.stop)
        await server.close()
        await serving
    }

    @Test func aSilentServerIsGreetedAnew() async throws {
        let server = try FakeServer()
        async let serving: Void = server.serve()
        let agent = try AgentHarness(folder, server: server)
        #expect(await server.hears { $0.credit == 2 })
        server.change { $0.answersHeartbeats = false }
        #expect(await server.hears { $0.hellos.count == 2 })
        _ = try await agent.leave(.stop)
        await server.close()
        await serving
    }
}
