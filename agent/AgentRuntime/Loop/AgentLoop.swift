import Bundles
import Domain
public import Logging
import Synchronization
import Wire
import ZeroMQ

/// The agent's shell: it hears the server, the executor, the clock and its own helpers, asks the machine, and carries
/// out what the machine says.
///
/// Everything happens on this actor, without a suspension between an event and its effects, so effects keep their
/// order. What takes long (logs, bundles, Python environments) has tasks of its own, which answer by mail.
public actor AgentLoop {
    let configuration: AgentConfiguration
    let data: AgentData
    let executor: any RunExecutor
    let logger: Logger
    let spool: Spool
    let socket: DealerSocket
    let outgoing: OutgoingMessages
    let shipper: LogShipper
    let preparer: Preparer
    let tools: ToolRunner
    /// Nothing where no files are watched for.
    let files: FileWatcher?
    let mail: Mail<AgentEvent>
    /// The session that messages belong to which the helpers send.
    let currentSession: CurrentSession

    var machine: AgentMachine
    /// Prepared, and waiting for the machine's word.
    var launches: [AttemptKey: ChildLaunch] = [:]
    var preparations: [AttemptKey: Task<Void, Never>] = [:]
    /// The attempts whose processes are known to have come to their own end.
    var endedChildren: Set<AttemptKey> = []
    var alarm: (due: Duration, task: Task<Void, Never>)?
    var spoolFailure: String?
    var hasToldDamage = false
    var hasTriedToConnect = false
    /// Whether the server of this session wants to hear of files.
    var takesFiles = false
    private var exit: AgentExit?
    private var exitWaiter: CheckedContinuation<Void, Never>?

    /// Opens what the agent needs; nothing is said or started before `run`.
    /// - Throws: `AgentDataError`, `BundleError` or `ZeroMQError`.
    public init(
        configuration: AgentConfiguration, data: AgentData, executor: any RunExecutor, logger: Logger
    ) throws {
        self.configuration = configuration
        self.data = data
        self.executor = executor
        self.logger = logger
        let spool = try Spool(path: data.spool)
        self.spool = spool
        socket = try DealerSocket(connect: "tcp://\(configuration.server)", identity: data.agentID.bytes)
        machine = AgentMachine(configuration: configuration, agentID: data.agentID, spooled: spool.attempts)
        let outgoing = OutgoingMessages(socket: socket, logger: logger)
        let currentSession = CurrentSession()
        let mail = Mail<AgentEvent>()
        self.currentSession = currentSession
        self.mail = mail
        let directories = RunDirectories(in: data.runs, spares: min(configuration.slots, 8))
        shipper = LogShipper(
            .init(
                send: { outgoing.send($0, session: $1) }, tell: { mail.post($0) },
                mask: { directories.directory(of: $0).mask },
                elapsed: { AgentTime.read().elapsed }, quiet: configuration.timing.lineQuiet,
                patience: configuration.timing.reportRepeat, warn: { logger.warning("\($0)") }))
        tools = ToolRunner(executor: executor)
        preparer = try Preparer(configuration, data, directories, tools) { message in
            currentSession.id.map { outgoing.send(message, session: $0) }
        }
        self.outgoing = outgoing
        files = try FileWatcher.of(configuration, data, logger) { outgoing.send($0, session: $1) }
    }

    /// Executes runs until the agent is to end, and says why it ended. The data directory is free then.
    /// - Throws: What the executor says when it cannot begin.
    public func run() async throws -> AgentExit {
        noteSpoolHealth()
        let children = try await executor.recover()
        tools.discard(children)
        preparer.directories.removeSpares()
        handle([.recovered(children.compactMap(RecoveredAttempt.init)), .disk(diskTrouble)])
        if !configuration.keepsRuns { preparer.directories.removeStrays { machine.knows($0) } }
        preparer.directories.fill()
        await withTaskGroup { group in
            group.addTask { await self.shipper.run() }
            group.addTask { await self.files?.run() }
            group.addTask { await self.hearServer() }
            group.addTask { await self.hearConnection() }
            group.addTask { await self.hearExecutor() }
            group.addTask { await self.hearHelpers() }
            await waitForExit()
            group.cancelAll()
        }
        let reason = exit ?? .left(.leave)
        alarm?.task.cancel()
        for preparation in preparations.values { preparation.cancel() }
        await socket.close()
        await executor.close(stoppingChildren: reason == .left(.stop))
        preparer.directories.removeSpares()
        data.release()
        return reason
    }

    /// Asks the agent to end. Any number of calls is well, from anywhere.
    public nonisolated func leave(_ leaving: Leaving) {
        mail.post(.leave(leaving))
    }

    // MARK: - Hearing

    private func hearServer() async {
        for await messages in socket.incoming { handle(messages.compactMap(decode)) }
    }

    private func hearConnection() async {
        for await event in socket.connectionEvents { handle(note(event)) }
    }

    private func hearExecutor() async {
        for await events in executor.events { handle(events.compactMap(note)) }
    }

    private func hearHelpers() async {
        while !Task.isCancelled { handle(await mail.next()) }
    }

    private func waitForExit() async {
        guard exit == nil else { return }
        await withCheckedContinuation { exitWaiter = $0 }
    }

    func end(_ reason: AgentExit) {
        exit = reason
        exitWaiter.take()?.resume()
    }

    // MARK: - Acting

    /// Lets the machine decide, and does what it says. What that leads to at once is handled before anything else.
    func handle(_ events: [AgentEvent]) {
        var events = events
        // What could not be prepared for want of room can be executed elsewhere.
        if events.contains(where: \.isFailedPreparation) { events.insert(.disk(diskTrouble), at: 0) }
        while !events.isEmpty {
            let effects = machine.handle(events, at: .read())
            events = perform(effects)
        }
        setAlarm()
    }

    private func setAlarm() {
        guard let due = machine.nextTick() else { return }
        if let alarm, alarm.due <= due { return }
        alarm?.task.cancel()
        let wait = due - AgentTime.read().elapsed
        let task = Task {
            try? await Task.sleep(for: max(wait, .zero))
            if !Task.isCancelled { self.ring() }
        }
        alarm = (due, task)
    }

    private func ring() {
        alarm = nil
        spool.retry()
        noteSpoolHealth()
        handle([.disk(diskTrouble), .tick])
    }
}

/// What goes to the server, from any thread.
struct OutgoingMessages: Sendable {
    let socket: DealerSocket
    let logger: Logger

    func send(_ message: AgentMessage, session: UInt64) {
        do throws(ZeroMQError) {
            try socket.send(Message(Envelope(session: session, body: message).encoded()))
        } catch {
            // Reports are repeated, leases end, and logs are sent again in the next session.
            logger.error("a message to the server was not taken: \(error)")
        }
    }
}

/// The session, for those who are not on the loop.
final class CurrentSession: Sendable {
    private let session = Mutex<UInt64?>(nil)

    var id: UInt64? {
        get { session.withLock { $0 } }
        set { session.withLock { $0 = newValue } }
    }
}

extension RecoveredAttempt {
    init?(_ child: RecoveredChild) {
        guard case .attempt(let key) = child.name else { return nil }
        self.init(key: key, state: child.state)
    }
}
