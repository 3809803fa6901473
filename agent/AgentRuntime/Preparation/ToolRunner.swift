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
        /// The names of tools that live, or whose end is not settled yet.
        var taken: Set<String> = []
        /// Those of an earlier agent that live: nobody waits for them.
        var inherited: Set<String> = []
        /// Whoever has started a tool that lives.
        var starters: [String: CheckedContinuation<ChildEnd, Never>] = [:]
        /// Those who want to start one of that name next; told whether they may.
        var successors: [String: [CheckedContinuation<Bool, Never>]] = [:]
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
                state.withLock { state in
                    state.taken.insert(name)
                    state.inherited.insert(name)
                }
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
        await reserve(name)
        let child = await withCheckedContinuation { starter in
            // Known before it starts: a short tool has ended before whoever started it is back.
            state.withLock { $0.starters[name] = starter }
            executor.start(
                ChildLaunch(
                    name: .tool(name), arguments: arguments, environment: environment, directory: directory,
                    timeout: timeout, grace: .seconds(5)))
        }
        let lines = lastLines(of: name)
        settle(name)
        return Outcome(end: child.end, lastLines: lines)
    }

    func noteEnd(_ name: String, _ end: ChildEnd) {
        let (starter, isInherited, isTaken) = state.withLock { state in
            (
                state.starters.removeValue(forKey: name), state.inherited.remove(name) != nil,
                state.taken.contains(name)
            )
        }
        starter?.resume(returning: end)
        if isInherited { settle(name) }
        // One that was given up as lost, and lived. Nobody knows its end yet, and the next of its name is not to get it.
        if !isTaken { executor.acknowledge(.tool(name)) }
    }

    /// The executor's children are gone.
    func noteLoss(_ reason: String, at time: Timestamp) {
        let end = ChildEnd(AttemptEnd(.supervisorLost, at: time, message: reason), outputEnd: 0)
        let names = state.withLock { $0.inherited.union($0.starters.keys) }
        for name in names { noteEnd(name, end) }
    }

    /// Waits until no tool has that name, and takes it.
    private func reserve(_ name: String) async {
        while true {
            let isTaken = await withCheckedContinuation { successor in
                let isFree = state.withLock { state in
                    guard !state.taken.insert(name).inserted else { return true }
                    state.successors[name, default: []].append(successor)
                    return false
                }
                if isFree { successor.resume(returning: true) }
            }
            if isTaken { return }
        }
    }

    /// Nobody wants to know more of a tool that has ended: its name is free.
    private func settle(_ name: String) {
        executor.acknowledge(.tool(name))
        let successors = state.withLock { state in
            state.taken.remove(name)
            return state.successors.removeValue(forKey: name) ?? []
        }
        for successor in successors { successor.resume(returning: false) }
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
