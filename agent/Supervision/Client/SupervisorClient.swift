/// The agent's connection to its supervisor. Requests never wait; what they lead to comes as events.
///
/// Requests are sent in the order of their calls. After the connection has ended they do nothing: `events` has said so.
public final class SupervisorClient: Sendable {
    /// What happens, in order, in batches; for one consumer. It ends after `disconnected`, or without it after `close`.
    public let events: AsyncStream<[SupervisorEvent]>
    /// The supervisor's process.
    public let supervisorPID: Int32
    private let link: SupervisorLink

    init(link: SupervisorLink, supervisorPID: Int32) {
        self.link = link
        self.supervisorPID = supervisorPID
        events = link.events
    }

    deinit { link.close() }

    /// Connects to the supervisor of a directory. If none answers, one is started with `launch`: a command that ends up
    /// in `SupervisorProgram.run` for the same directory. It becomes a daemon in a session of its own, with the agent's
    /// environment.
    ///
    /// An agent that is connected already loses its connection to this one.
    /// Throws `launchFailed`, `unreachable` or `versionMismatch`.
    public static func connect(
        directory: String, launch: [String]
    ) async throws(SupervisionError) -> SupervisorClient {
        let result = await withCheckedContinuation { continuation in
            let failure = SupervisorThread.start {
                let connected = SupervisorDoor(directory: directory, launch: launch).open()
                continuation.resume(returning: connected.map { SupervisorClient(link: $0.link, supervisorPID: $0.pid) })
                if case .success(let (link, _)) = connected { link.receive() }
            }
            guard failure != 0 else { return }
            continuation.resume(returning: .failure(.unreachable(directory: directory, errno: failure)))
        }
        return try result.get()
    }

    /// Starts a child: `started` or `failedToStart` follows. A token that the supervisor still knows starts nothing;
    /// what is known of it is said again.
    public func start(_ spec: ChildSpec) { link.send(.start(StartRequest(spec, at: .read()))) }

    /// Makes a zygote ready for the children that name it: `zygoteReady` or `zygoteEnded` follows. One that is there
    /// already stays. The next agent to connect has none.
    public func openZygote(_ spec: ZygoteSpec) { link.send(.openZygote(ZygoteRequest(spec))) }

    /// Ends a zygote; what it has become goes on.
    public func closeZygote(key: String) { link.send(.closeZygote(key: key)) }

    /// Asks the child's processes to end, and ends them after `grace`. A second call can shorten the grace.
    public func stop(token: String, grace: Duration) { link.send(.stop(token: token, grace: grace.nanoseconds)) }

    /// Lets the leases of these children end so long from now, and no sooner or later.
    public func renew(tokens: [String], deadline: Duration) {
        link.send(.renew(tokens: tokens, deadline: Uptime.read().after(nanoseconds: deadline.nanoseconds)))
    }

    /// Lets the leases of these children end so long from now at the latest.
    public func limit(tokens: [String], deadline: Duration) {
        link.send(.limit(tokens: tokens, deadline: Uptime.read().after(nanoseconds: deadline.nanoseconds)))
    }

    /// Lets the supervisor forget a child that has ended or failed to start. Until then it repeats that to every new
    /// connection, and does not end by itself.
    public func acknowledge(token: String) { link.send(.acknowledge(token: token)) }

    /// All children that are not acknowledged, in no order. Throws `disconnected`: nothing is known then.
    public func children() async throws(SupervisionError) -> [ChildReport] {
        guard let reports = await link.children() else { throw .disconnected }
        return reports
    }

    /// Stops all children, each with its own grace; the supervisor then says so and ends.
    public func shutdown() { link.send(.shutdown) }

    /// Lets go: the supervisor and its children go on. Also happens when the client is no longer referenced.
    public func close() { link.close() }
}
