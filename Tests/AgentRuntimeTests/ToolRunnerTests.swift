import Domain
import Synchronization
import Testing
import Wire

@testable import AgentRuntime

/// Programs of the agent itself. No order of events leaves anybody waiting.
@Suite(.timeLimit(.minutes(1))) struct ToolRunnerTests {
    private let executor = QuickExecutor()
    private let tools: ToolRunner

    init() {
        tools = ToolRunner(executor: executor)
        executor.tools.withLock { $0 = tools }
    }

    private func run(_ name: String) async -> ToolRunner.Outcome {
        await tools.run(name, ["true"], environment: [:], in: "/")
    }

    private static let end = ChildEnd(
        AttemptEnd(.exited(code: 0), at: Timestamp(microseconds: 0), message: nil), outputEnd: 0)

    @Test func aToolMayEndBeforeItsStartIsOver() async {
        for number in 0..<100 { #expect(await run("quick-\(number)").hasSucceeded) }
        #expect(executor.seen.count == 200 && executor.overlaps == 0)
    }

    @Test func onlyOneOfANameLivesAtATime() async {
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 { group.addTask { await run("shared").hasSucceeded } }
            for await hasSucceeded in group { #expect(hasSucceeded) }
        }
        #expect(executor.seen.count == 400 && executor.overlaps == 0)
    }

    @Test(arguments: [true, false])
    func theNameOfAnEarlierAgentsToolIsFreeOnceThatHasEnded(isLost: Bool) async {
        tools.discard([
            RecoveredChild(name: .tool("old"), state: .running(processID: 1, since: Timestamp(microseconds: 0)))
        ])
        #expect(executor.seen == ["stop old"])
        async let outcome = run("old")
        if isLost {
            tools.noteLoss("gone", at: Timestamp(microseconds: 0))
        } else {
            tools.noteEnd("old", Self.end)
        }
        #expect(await outcome.hasSucceeded)
        #expect(executor.seen == ["stop old", "settle old", "start old", "settle old"])
    }

    @Test func whoeverWaitsHearsOfALoss() async {
        executor.endsAtOnce.withLock { $0 = false }
        async let outcome = run("lasting")
        while executor.seen.isEmpty { await Task.yield() }
        tools.noteLoss("gone", at: Timestamp(microseconds: 0))
        #expect(await outcome.end.cause == .supervisorLost)
        // What comes late is forgotten: the next of that name is not to end with it.
        tools.noteEnd("lasting", Self.end)
        #expect(executor.seen == ["start lasting", "settle lasting", "settle lasting"])
    }

    /// Its children have ended when `start` returns.
    private final class QuickExecutor: RunExecutor {
        let tools = Mutex<ToolRunner?>(nil)
        let endsAtOnce = Mutex(true)
        private let record = Mutex<(seen: [String], living: Set<String>, overlaps: Int)>(([], [], 0))

        var seen: [String] { record.withLock { $0.seen } }
        var overlaps: Int { record.withLock { $0.overlaps } }

        var events: AsyncStream<[ExecutorEvent]> { AsyncStream { $0.finish() } }
        func recover() async throws -> [RecoveredChild] { [] }
        func stop(_ child: ChildName, grace: Duration) { record.withLock { $0.seen.append("stop \(child)") } }
        func renew(_ attempts: [AttemptKey], deadline: Duration) {}
        func limit(_ attempts: [AttemptKey], deadline: Duration) {}
        func output(of child: ChildName) -> any OutputReader { Silence() }
        func close(stoppingChildren: Bool) async {}

        func start(_ launch: ChildLaunch) {
            let name = launch.name.description
            record.withLock { record in
                record.seen.append("start \(name)")
                if !record.living.insert(name).inserted { record.overlaps += 1 }
            }
            if endsAtOnce.withLock({ $0 }) { tools.withLock { $0 }?.noteEnd(name, ToolRunnerTests.end) }
        }

        func acknowledge(_ child: ChildName) {
            record.withLock { record in
                record.seen.append("settle \(child)")
                record.living.remove(child.description)
            }
        }
    }

    private struct Silence: OutputReader {
        var offset: UInt64 { 0 }
        mutating func next(limit: Int) throws -> [OutputPiece] { [] }
        func release(before end: UInt64) {}
    }
}
