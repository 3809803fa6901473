import AgentRuntime
import Bundles
import Supervision
import Synchronization

/// The zygotes of an executor: what the roster says, done and told of.
final class Zygotes: Sendable {
    private struct State {
        var roster = ZygoteRoster()
        /// Names by keys, for people.
        var names: [String: String] = [:]
    }

    private let state = Mutex(State())
    private let directory: String
    private let began = ContinuousClock.now
    private let tell: @Sendable (String) -> Void

    /// - Parameters:
    ///   - directory: where they begin.
    ///   - tell: told what there is, and what has gone.
    init(directory: String, tell: @escaping @Sendable (String) -> Void) {
        self.directory = directory
        self.tell = tell
    }

    /// The key of the zygote that can become a child now, if there is one; there will be one soon, otherwise.
    func zygote(for warmStart: WarmStart, of client: SupervisorClient) -> String? {
        let key = Self.key(of: warmStart)
        let spec = ZygoteSpec(
            key: key, arguments: warmStart.arguments, environment: warmStart.environment, directory: directory)
        let orders = state.withLock { state in
            state.names[key] = warmStart.name
            return state.roster.use(spec, at: now)
        }
        for key in orders.close { client.closeZygote(key: key) }
        if let spec = orders.open { client.openZygote(spec) }
        return orders.isReady ? key : nil
    }

    func closeIdle(of client: SupervisorClient?) {
        for key in state.withLock({ $0.roster.closeIdle(at: now) }) { client?.closeZygote(key: key) }
    }

    func note(_ event: SupervisorEvent) {
        switch event {
        case .zygoteReady(let key, let pid, let memory):
            let name = state.withLock { state in
                state.roster.noteReady(key)
                return state.names[key] ?? key
            }
            tell("warm: \(name), process \(pid), \(memory >> 20) MiB")
        case .zygoteEnded(let key, let status):
            let (name, reason) = state.withLock { state in
                state.roster.noteEnd(key, mayReturn: status.mayReturn, at: now)
                return (state.names.removeValue(forKey: key) ?? key, status.reason)
            }
            tell("no longer warm: \(name), \(reason)")
        case .disconnected: state.withLock { $0.roster.noteLoss() }
        case .started, .failedToStart, .output, .exited: break
        }
    }

    private var now: Duration { began.duration(to: .now) }

    /// What differs in anything is another.
    private static func key(of warmStart: WarmStart) -> String {
        var hash = SHA256()
        let variables = warmStart.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        hash.update(Array((warmStart.arguments + [""] + variables).joined(separator: "\0").utf8))
        return String(hash.digest().description.prefix(32))
    }
}

extension ChildExit.Status {
    /// The exit codes of `prefect_flow.py`.
    private static let (stale, unsafe): (Int32, Int32) = (75, 76)

    fileprivate var mayReturn: Bool {
        switch self {
        case .exited(0), .exited(Self.stale), .signaled(9): true
        case .exited, .signaled: false
        }
    }

    fileprivate var reason: String {
        switch self {
        case .exited(0), .signaled(9): "closed"
        case .exited(Self.stale): "its files have changed"
        case .exited(Self.unsafe): "it cannot be forked safely; the supervisor's log says why"
        case .exited(let code): "exit code \(code); see the supervisor's log"
        case .signaled(let signal): "signal \(signal)"
        }
    }
}
