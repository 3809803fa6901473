import Domain
import Synchronization
import Wire

/// Executes programs that the agent itself needs, as children of its executor, so that nothing of them escapes.
final class ToolRunner: Sendable {
    struct Outcome: Sendable {
        var end: AttemptEnd
        /// The last lines of its output, of both streams.
        var lastLines: String
        var hasSucceeded: Bool { end.cause == .exited(code: 0) }
    }

    static let timeout: Duration = .seconds(1800)

    private struct State {
        /// Tools that live; those of an earlier agent without a waiter.
        var living: Set<String> = []
        var waiters: [String: [CheckedContinuation<ChildEnd, Never>]] = [:]
    }

    private let executor: any RunExecutor
    private let state = Mutex(State())

    init(executor: any RunExecutor) {
        self.executor = executor
    }

    /// Ends what an earlier agent began: nobody waits for it any more.
    func discard(_ children: [RecoveredChild]) {
        for child in children {
            guard case .tool(let name) = child.name else { continue }
            switch child.state {
            case .running:
                state.withLock { _ = $0.living.insert(name) }
                executor.stop(child.name, grace: .zero)
            case .ended: executor.acknowledge(child.name)
            }
        }
    }

    /// Executes a program to its end. Only one of a name runs at a time.
    func run(
        _ name: String, _ arguments: [String], environment: [String: String], in directory: String,
        timeout: Duration = timeout
    ) async -> Outcome {
        if state.withLock({ $0.living.contains(name) }) { _ = await end(of: name) }
        state.withLock { _ = $0.living.insert(name) }
        executor.start(
            ChildLaunch(
                name: .tool(name), arguments: arguments, environment: environment, directory: directory,
                timeout: timeout, grace: .seconds(5)))
        let child = await end(of: name)
        let lines = lastLines(of: name)
        executor.acknowledge(.tool(name))
        return Outcome(end: child.end, lastLines: lines)
    }

    func noteEnd(_ name: String, _ end: ChildEnd) {
        let waiters = state.withLock { state in
            state.living.remove(name)
            return state.waiters.removeValue(forKey: name)
        }
        if let waiters {
            for waiter in waiters { waiter.resume(returning: end) }
        } else {
            executor.acknowledge(.tool(name))
        }
    }

    /// The executor's children are gone.
    func noteLoss(_ reason: String, at time: Timestamp) {
        let names = state.withLock { $0.living }
        let end = ChildEnd(AttemptEnd(.supervisorLost, at: time, message: reason), outputEnd: 0)
        for name in names { noteEnd(name, end) }
    }

    private func end(of name: String) async -> ChildEnd {
        await withCheckedContinuation { waiter in
            state.withLock { $0.waiters[name, default: []].append(waiter) }
        }
    }

    private func lastLines(of name: String) -> String {
        var reader = executor.output(of: .tool(name))
        var splitter = LineSplitter()
        var lines: [PlacedLine] = []
        while let pieces = try? reader.next(limit: 256 << 10), !pieces.isEmpty {
            for piece in pieces { splitter.split(piece, into: &lines) }
            if lines.count > 1000 { lines.removeFirst(lines.count - LastErrors.lineLimit) }
        }
        splitter.flush(at: reader.offset, isShowing: false, into: &lines)
        return lines.suffix(LastErrors.lineLimit).map(\.line.message).joined(separator: "\n")
    }
}
