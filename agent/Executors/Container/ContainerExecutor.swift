public import AgentRuntime
public import Containers
import Domain
import Synchronization
public import Wire

/// Executes runs in containers, where that is wanted, and all else as another executor does.
///
/// Each container has a process that makes it, follows it and removes it (`ContainerRun`), and that the other executor
/// executes as it does any: the supervisor holds its deadline and captures what it writes, and an agent that comes back
/// adopts it. What this adds is what comes of the container, and that none is left behind.
public final class ContainerExecutor: RunExecutor {
    public let events: AsyncStream<[ExecutorEvent]>

    /// What a process that watches a container has, beyond the container's own grace, to end it and to remove it.
    private static let slack: Duration = .seconds(10)

    private let processes: any RunExecutor
    private let agent: String
    private let program: [String]
    private let locate: @Sendable () throws -> EngineAddress?
    private let registryFile: String?
    private let warn: @Sendable (String) -> Void
    private let orders: ContainerOrders
    private let continuation: AsyncStream<[ExecutorEvent]>.Continuation
    private let relay = Mutex<Task<Void, Never>?>(nil)

    /// - Parameters:
    ///   - processes: executes processes.
    ///   - directory: where it keeps what is to be known of containers.
    ///   - agent: by which this agent's containers are known.
    ///   - program: the command that becomes a container's process, but for the path of its order.
    ///   - locate: where the engine listens; nothing when there is none.
    ///   - registryFile: with logins at registries.
    ///   - warn: told when a container could not be removed.
    public init(
        processes: any RunExecutor, directory: String, agent: String, program: [String],
        locate: @escaping @Sendable () throws -> EngineAddress?, registryFile: String? = nil,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.processes = processes
        self.agent = agent
        self.program = program
        self.locate = locate
        self.registryFile = registryFile
        self.warn = warn
        orders = ContainerOrders(directory: directory)
        (events, continuation) = AsyncStream.makeStream()
    }

    // MARK: - Beginning and ending

    /// Removes the containers, too, that no living process watches: those of an agent that died while it made or removed
    /// them, or of processes that were killed.
    public func recover() async throws -> [RecoveredChild] {
        orders.recover()
        let children = try await processes.recover()
        let living = children.filter { if case .running = $0.state { true } else { false } }
        await sweep(besides: Set(living.map(\.name.description)))
        let task = Task.detached { [self] in
            for await batch in processes.events { await pass(on: batch) }
            continuation.finish()
        }
        relay.withLock { $0 = task }
        return children.map { child in
            guard case .ended(let end) = child.state, orders.contains(child.name) else { return child }
            return RecoveredChild(name: child.name, state: .ended(settled(end, of: child.name)))
        }
    }

    /// Containers that are to be stopped have their own grace.
    public func close(stoppingChildren: Bool) async {
        if stoppingChildren { for name in orders.names { orders.noteStop(name) } }
        await processes.close(stoppingChildren: stoppingChildren)
        await relay.withLock { $0 }?.value
    }

    // MARK: - Requests

    /// Has a process of its own make the container, where one is wanted.
    public func start(_ launch: ChildLaunch) {
        guard let container = launch.container else { return processes.start(launch) }
        do {
            processes.start(try watcher(of: container, launch))
        } catch {
            let end = AttemptEnd(.notStarted, at: AgentTime.read().wall, message: "\(error)")
            continuation.yield([.ended(launch.name, ChildEnd(end, outputEnd: 0))])
        }
    }

    /// TERM to the container's main process, then KILL after the grace.
    public func stop(_ child: ChildName, grace: Duration) {
        guard orders.contains(child) else { return processes.stop(child, grace: grace) }
        orders.noteStop(child, grace: grace)
        processes.stop(child, grace: grace + Self.slack)
    }

    /// Moves the ends of leases, from now.
    public func renew(_ attempts: [AttemptKey], deadline: Duration) { processes.renew(attempts, deadline: deadline) }

    /// Moves the ends of leases nearer.
    public func limit(_ attempts: [AttemptKey], deadline: Duration) { processes.limit(attempts, deadline: deadline) }

    /// Forgets one that has ended, and what is kept of it.
    public func acknowledge(_ child: ChildName) {
        processes.acknowledge(child)
        orders.forget(child)
    }

    /// What it has written.
    public func output(of child: ChildName) -> any OutputReader { processes.output(of: child) }

    /// The process that makes and watches a container.
    private func watcher(of container: ContainerLaunch, _ launch: ChildLaunch) throws -> ChildLaunch {
        guard let engine = try locate() else { throw ContainerExecutorError.noEngine }
        let name = launch.name
        var order = ContainerOrder(
            socket: engine.socket, name: "sluice-\(name)", spec: container.spec,
            labels: [ContainerOrder.agentLabel: agent, ContainerOrder.attemptLabel: name.description],
            arguments: launch.arguments, environment: launch.environment, mounts: container.mounts,
            workingDirectory: container.workingDirectory, timeout: launch.timeout, grace: launch.grace,
            outcomePath: orders.outcomePath(name), gracePath: orders.gracePath(name))
        (order.registryFile, order.devices) = (registryFile, container.devices)
        guard let path = orders.add(order, for: name) else {
            throw ContainerExecutorError.unwritable(orders.outcomePath(name))
        }
        var watcher = launch
        watcher.container = nil
        watcher.arguments = program + [path]
        watcher.environment = [:]
        watcher.grace = launch.grace + Self.slack
        return watcher
    }

    // MARK: - What comes of containers

    /// Passes on what happened to processes, in order; what became of containers in the place of their processes' ends.
    private func pass(on batch: [ExecutorEvent]) async {
        var events: [ExecutorEvent] = []
        for event in batch {
            switch event {
            case .ended(let name, let end) where orders.contains(name):
                if orders.outcome(of: name)?.isRemoved != true { await remove(of: name) }
                events.append(.ended(name, settled(end, of: name)))
            case .lost:
                // Whatever watched them is gone; what they do may soon be done elsewhere.
                for name in orders.names { await remove(of: name) }
                events.append(event)
            default: events.append(event)
            }
        }
        continuation.yield(events)
    }

    private func settled(_ end: ChildEnd, of name: ChildName) -> ChildEnd {
        ChildEnd(AttemptEnd(end.end, outcome: orders.outcome(of: name)), outputEnd: end.outputEnd)
    }

    /// Removes what there is of an attempt's container.
    private func remove(of name: ChildName) async {
        guard let address = try? locate() else { return }
        let engine = ContainerEngine(address)
        do throws(EngineError) {
            for (id, _) in try await engine.containers(label: "\(ContainerOrder.attemptLabel)=\(name)") {
                try await engine.remove(id)
            }
        } catch {
            warn("the container of \(name) may still be there: \(error)")
        }
    }

    private func sweep(besides living: Set<String>) async {
        guard let address = try? locate() else { return }
        let engine = ContainerEngine(address)
        do throws(EngineError) {
            for (id, labels) in try await engine.containers(label: "\(ContainerOrder.agentLabel)=\(agent)")
            where !living.contains(labels[ContainerOrder.attemptLabel] ?? "") {
                try await engine.remove(id)
            }
        } catch {
            warn("containers of earlier runs may still be there: \(error)")
        }
    }
}

/// Why a container is not begun with.
enum ContainerExecutorError: Error, CustomStringConvertible {
    case noEngine
    case unwritable(String)

    var description: String {
        switch self {
        case .noEngine:
            "it wants a container, and this agent's host has no container engine: start Docker or Podman there, name its "
                + "socket with --docker-host, or choose a pool whose agents have one"
        case .unwritable(let path): "\(path) cannot be written"
        }
    }
}

extension AttemptEnd {
    /// The end of the process that watched a container, by what came of the container.
    init(_ process: AttemptEnd, outcome: ContainerOutcome?) {
        var cause = process.cause
        var message = process.message
        switch (process.cause, outcome?.end) {
        case (.exited, .exited(let code)?):
            // As engines say that a signal has ended the main process.
            cause = (129...159).contains(code) ? .signaled(code - 128) : .exited(code: code)
        case (.exited, .outOfMemory?): cause = .signaled(9)
        case (.exited, .notStarted(let reason)?): (cause, message) = (.notStarted, reason)
        case (.exited, .unknown(let reason)?): (cause, message) = (.supervisorLost, reason)
        case (.exited, nil): (cause, message) = (.supervisorLost, "what watched its container ended without a word")
        case (.signaled, nil): message = "what watched its container was killed"
        default: break
        }
        let isStarved = if case .exited = process.cause, outcome?.end == .outOfMemory { true } else { false }
        self.init(
            cause, at: process.at, message: message, cpu: .microseconds(outcome?.cpuMicroseconds ?? 0),
            peakMemoryBytes: outcome?.peakMemoryBytes ?? 0, wasOutOfMemory: isStarved)
    }
}
