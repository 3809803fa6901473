import Bundles
import Domain
import Logging
import Orchestration
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing
import Wire
import ZeroMQ

@testable import AgentGateway

/// What the gateway does, without a socket and without tasks: each step is made by hand.
@Suite struct GatewayCoreTests {
    /// What the core has asked for.
    private final class Rim: Sendable {
        private let state = Mutex((sent: [Envelope<ServerMessage>](), work: [@Sendable () async -> Void]()))

        func rim() -> GatewayCore.Rim {
            GatewayCore.Rim(
                send: { frame, _ in
                    let envelope = try Envelope<ServerMessage>(decoding: frame)
                    self.state.withLock { $0.sent.append(envelope) }
                },
                poke: {}, finish: { _ in }, perform: { work in self.state.withLock { $0.work.append(work) } })
        }

        var assignments: [Assignment] {
            state.withLock { state in
                state.sent.compactMap { if case .assignment(let assignment) = $0.body { assignment } else { nil } }
            }
        }

        func work() async {
            let work = state.withLock { state in
                defer { state.work = [] }
                return state.work
            }
            for piece in work { await piece() }
        }
    }

    private struct Scene {
        let orchestrator: Orchestrator
        let core: GatewayCore
        let rim = Rim()
        let deployment: Deployment
        let agentID: ID<Agent>
        let peer: RoutingID

        init() async throws {
            let clock = ManualClock()
            let generator = Mutex(SeededGenerator(seed: 1))
            orchestrator = Orchestrator(
                database: try SQLiteDatabase(inMemory: .main),
                logs: LogStore(try SQLiteDatabase(inMemory: LogSchema.schema)),
                bundles: try BundleStore(directory: "/tmp/sluice-gateway-core"),
                surroundings: Surroundings(clock: { clock.time }, random: { generator.withLock { $0.next() } }))
            try await orchestrator.ensureStandardPool()
            var request = DeploymentRequest(name: "d", flowID: try await orchestrator.ensureFlow(named: "f").flow.id)
            request.poolName = WorkPool.standardName
            request.execution = ExecutionSpec(command: .arguments(["true"]))
            deployment = try await orchestrator.deploy(request).deployment
            core = GatewayCore(
                orchestrator, configuration: GatewayConfiguration(endpoint: "", serverVersion: "test"),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), rim: rim.rim())
            agentID = orchestrator.surroundings.newID()
            peer = RoutingID(agentID.bytes)
        }

        func sayHello(slots: Int = 1) throws -> GatewayCore.Greeting {
            let hello = Hello(
                agentID: agentID, name: "a", host: "h", agentVersion: "1", pool: "default", queues: [], slots: slots,
                labels: [:], holding: [], processID: 1)
            let incoming = core.sort(Envelope(session: 0, body: AgentMessage.hello(hello)).encoded(), from: peer)
            guard case .hello(let greeting) = incoming else { throw StorageError.unavailable("no greeting") }
            return greeting
        }

        func sayReady(in session: UInt64, credit: Int = 1, seen: UInt64 = 0) {
            let message = AgentMessage.ready(credit: credit, assignmentsSeen: seen)
            _ = core.sort(Envelope(session: session, body: message).encoded(), from: peer)
        }
    }

    /// The lease is on disk, and the agent says hello before it is told: the answer to its hello takes back what it does
    /// not hold. If it were sent to it afterwards, it would execute what may be executing elsewhere.
    @Test func aGrantIsNotSentInALaterSession() async throws {
        let scene = try await Scene()
        let first = try #require(await scene.core.welcome(try scene.sayHello(), from: scene.peer, apiURL: ""))
        scene.sayReady(in: first.session.number)
        let run = try await scene.orchestrator.submit(RunRequest(), to: scene.deployment.id).run.run
        let seats = scene.core.reserveSeats()
        let grants = try await scene.orchestrator.claim(for: seats)
        #expect(grants.map(\.run.id) == [run.id])
        let hello = try scene.sayHello()
        #expect(try await scene.orchestrator.run(run.id).state.type == .pending)
        _ = try #require(await scene.core.welcome(hello, from: scene.peer, apiURL: ""))
        scene.core.dispatch(grants, to: seats)
        #expect(scene.rim.assignments.isEmpty)
        await scene.rim.work()
        #expect(try await scene.orchestrator.run(run.id).state.type == .scheduled)
    }

    @Test func noWorkIsOfferedToASessionWhoseAgentSaysHelloAgain() async throws {
        let scene = try await Scene()
        let first = try #require(await scene.core.welcome(try scene.sayHello(), from: scene.peer, apiURL: ""))
        scene.sayReady(in: first.session.number)
        let second = try scene.sayHello()
        #expect(scene.core.reserveSeats().isEmpty)
        let third = try scene.sayHello()
        #expect(await scene.core.welcome(second, from: scene.peer, apiURL: "") == nil, "a newer one waits")
        #expect(await scene.core.welcome(third, from: scene.peer, apiURL: "") != nil)
    }

    /// More than one transaction claims.
    @Test func manyAreGrantedInTheirOrder() async throws {
        let (ready, slots) = (430, 350)
        let scene = try await Scene()
        let greeting = try scene.sayHello(slots: slots)
        let conversation = try #require(await scene.core.welcome(greeting, from: scene.peer, apiURL: ""))
        var runs: [ID<FlowRun>] = []
        for _ in 0..<ready {
            runs.append(try await scene.orchestrator.submit(RunRequest(), to: scene.deployment.id).run.run.id)
        }
        scene.sayReady(in: conversation.session.number, credit: slots)
        await scene.core.grantWaiting()
        #expect(scene.rim.assignments.map(\.key.run) == Array(runs.prefix(slots)))
        #expect(scene.core.reserveSeats().isEmpty)
        let seen = UInt64(slots)
        scene.sayReady(in: conversation.session.number, credit: slots, seen: seen)
        #expect(scene.core.reserveSeats().map(\.credit) == [slots], "nothing stays reserved")
    }

    @Test func whatCouldNotBeHandedOverIsOfferedAgainAndItsSlotIsFree() async throws {
        let scene = try await Scene()
        let conversation = try #require(await scene.core.welcome(try scene.sayHello(), from: scene.peer, apiURL: ""))
        scene.sayReady(in: conversation.session.number)
        let run = try await scene.orchestrator.submit(RunRequest(), to: scene.deployment.id).run.run
        await scene.core.grantWaiting()
        let lost = try #require(scene.rim.assignments.first)
        let frame = Envelope(session: conversation.session.number, body: ServerMessage.assignment(lost)).encoded()
        scene.core.takeBack(undelivered: frame, to: scene.peer, isGone: false)
        await scene.rim.work()
        await scene.core.grantWaiting()
        #expect(scene.rim.assignments.map(\.key.attempt) == [1, 2])
        #expect(scene.rim.assignments.allSatisfy { $0.key.run == run.id })
    }
}
