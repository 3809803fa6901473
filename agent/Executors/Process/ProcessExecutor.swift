public import AgentRuntime
import Domain
import Glibc
import Supervision
import Synchronization
public import Wire

/// Executes runs as processes of this host, children of the agent's supervisor, which outlives the agent.
///
/// When the supervisor dies, its children die with it; the executor says so and starts another.
public final class ProcessExecutor: RunExecutor {
    public let events: AsyncStream<[ExecutorEvent]>

    private struct State {
        var client: SupervisorClient?
        /// What was to be started while no supervisor was there, and since when.
        var waiting: [(spec: ChildSpec, since: ContinuousClock.Instant)] = []
        var isClosing = false
        var relay: Task<Void, Never>?
        var sweeper: Task<Void, Never>?
    }

    private let directory: String
    private let captures: String
    private let launch: [String]
    private let continuation: AsyncStream<[ExecutorEvent]>.Continuation
    private let state = Mutex(State())
    private let warn: @Sendable (String) -> Void
    private let zygotes: Zygotes

    /// - Parameters:
    ///   - directory: The supervisor's.
    ///   - captures: Where what children write is kept.
    ///   - launch: The command that becomes a supervisor for `directory`.
    ///   - warn: Told when a supervisor is lost, or cannot be started.
    ///   - tell: Told which programs are kept warm.
    public init(
        directory: String, captures: String, launch: [String], warn: @escaping @Sendable (String) -> Void,
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.directory = directory
        self.captures = captures
        self.launch = launch
        self.warn = warn
        zygotes = Zygotes(directory: directory, tell: tell)
        (events, continuation) = AsyncStream.makeStream()
    }

    // MARK: - Beginning and ending

    /// - Throws: `SupervisionError`.
    public func recover() async throws -> [RecoveredChild] {
        let client = try await SupervisorClient.connect(directory: directory, launch: launch)
        let children = try await client.children()
        adopt(client)
        let sweeper = Task.detached { [weak self] in
            while (try? await Task.sleep(for: .seconds(30))) != nil, let self {
                self.zygotes.closeIdle(of: self.client)
            }
        }
        state.withLock { $0.sweeper = sweeper }
        let now = Self.now()
        return children.map { RecoveredChild($0, at: now) }
    }

    /// Lets go of the supervisor, or ends it with its children.
    public func close(stoppingChildren: Bool) async {
        let (client, relay) = state.withLock { state in
            state.isClosing = true
            state.sweeper?.cancel()
            return (state.client, state.relay)
        }
        if stoppingChildren {
            client?.shutdown()
            await relay?.value  // It ends with the supervisor.
        }
        client?.close()
        relay?.cancel()
        continuation.finish()
    }

    private func adopt(_ client: SupervisorClient) {
        state.withLock { state in
            state.client = client
            for (spec, since) in state.waiting {
                var spec = spec
                spec.deadline = spec.deadline.map { max(.zero, $0 - since.duration(to: .now)) }
                client.start(spec)
            }
            state.waiting = []
            state.relay = Task.detached { [self] in await relay(client) }
        }
    }

    /// Passes on what the supervisor says, until it is gone.
    private func relay(_ client: SupervisorClient) async {
        for await batch in client.events {
            let now = Self.now()
            for event in batch { zygotes.note(event) }
            let events = batch.compactMap { ExecutorEvent($0, at: now) }
            if !events.isEmpty { continuation.yield(events) }
            if batch.last == .disconnected { return await replace(client) }
        }
    }

    /// The supervisor is gone. Another takes its place, for the children to come.
    private func replace(_ lost: SupervisorClient) async {
        let isClosing = state.withLock { state in
            state.client = nil
            return state.isClosing
        }
        guard !isClosing else { return }
        continuation.yield([.lost(reason: "its process \(lost.supervisorPID) ended")])
        while !Task.isCancelled {
            do {
                let client = try await SupervisorClient.connect(directory: directory, launch: launch)
                return adopt(client)
            } catch {
                warn("no supervisor could be started: \(error)")
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    // MARK: - Requests

    /// Has the supervisor start it; as soon as there is one, if there is none now.
    public func start(_ launch: ChildLaunch) {
        var spec = ChildSpec(
            token: launch.name.description, arguments: launch.arguments, environment: launch.environment,
            directory: launch.directory, capturePath: capture(of: launch.name), timeout: launch.timeout,
            deadline: launch.deadline, grace: launch.grace)
        state.withLock { state in
            guard let client = state.client else { return state.waiting.append((spec, .now)) }
            spec.zygote = launch.warmStart.flatMap { zygotes.zygote(for: $0, of: client) }
            client.start(spec)
        }
    }

    /// TERM, then KILL after the grace.
    public func stop(_ child: ChildName, grace: Duration) {
        client?.stop(token: child.description, grace: grace)
    }

    /// Moves the ends of leases, from now.
    public func renew(_ attempts: [AttemptKey], deadline: Duration) {
        client?.renew(tokens: attempts.map(\.description), deadline: deadline)
    }

    /// Moves the ends of leases nearer, to so long from now, if they are further away.
    public func limit(_ attempts: [AttemptKey], deadline: Duration) {
        client?.limit(tokens: attempts.map(\.description), deadline: deadline)
    }

    /// Forgets a child that has ended, and what it wrote.
    public func acknowledge(_ child: ChildName) {
        client?.acknowledge(token: child.description)
        unlink(capture(of: child))
    }

    /// What the child has written.
    public func output(of child: ChildName) -> any OutputReader {
        CapturedOutput(path: capture(of: child))
    }

    private static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    private var client: SupervisorClient? { state.withLock { $0.client } }

    private func capture(of child: ChildName) -> String { "\(captures)/\(child)" }
}
