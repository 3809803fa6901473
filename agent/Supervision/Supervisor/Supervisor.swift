import CProcess
import Glibc

/// The one loop. A turn takes what is ready, reaps, does what is due, and tells the agent.
///
/// Single-threaded on purpose: children are killed when the thread that made them ends, so that thread is the process.
final class Supervisor {
    /// What is known of a token.
    enum Record {
        /// A zygote has been asked to become it.
        case starting(Fork)
        case live(Child)
        case ended(ChildExit)
        case failed(StartFailure)
    }

    let settings: SupervisorProgram.Settings
    /// Begins the marker of every process that descends from a child.
    let markerPrefix: String
    let poller: Poller
    let resources: SupervisorResources
    /// From its start until it is acknowledged.
    var records: [String: Record] = [:]
    /// Children not yet finished, by the pid of the main process, which is also the id of their session and group.
    var children: [Int32: Child] = [:]
    /// Those of them whose main process has been reaped.
    var ending: [Child] = []
    /// By their keys.
    var zygotes: [String: Zygote] = [:]
    /// The processes of zygotes that have not been reaped, of lost ones too.
    var zygoteKeys: [Int32: String] = [:]
    /// Children with output to tell of.
    var news: [Child] = []
    /// Children whose output waits for room on the disk.
    var blocked: [Child] = []
    /// Our own children that we did not start.
    var orphans: [Int32: Orphan] = [:]
    /// By the read end of a pipe.
    var pipes: [Int32: (child: Child, stream: CaptureRecord.Stream)] = [:]
    var agent: AgentConnection?
    /// Connections that have not said hello, oldest first.
    var guests: [AgentConnection] = []
    var lastSequence: UInt64 = 0
    var isStopping = false
    /// Requests wait in the inbox: the next turn must not block.
    var hasBacklog = false
    /// What every read goes through.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 4096)
    private var alarm = Alarm()
    private var idleSince: Uptime?

    init(directory: String, settings: SupervisorProgram.Settings) throws(SupervisorDirectory.Fault) {
        self.settings = settings
        markerPrefix = directory + ":"
        guard let poller = Poller() else { throw SupervisorDirectory.Fault("cannot poll", errno) }
        self.poller = poller
        let left = ProcessTree.sweep(markedWith: markerPrefix)
        if left > 0 { supervisorLog("\(left) processes of a supervisor that was killed do not end") }
        resources = try SupervisorResources()
        for descriptor in [resources.listener, resources.signals, resources.timer] { poller.watch(descriptor) }
    }

    /// Works until there is no more reason to.
    func run() {
        while !isFinished { turn() }
        unlink(SupervisorDirectory.socketName)
        bidFarewell()
    }

    private func turn() {
        let ready = poller.wait(block: !hasBacklog)
        let now = Uptime.read()
        var childrenEnded = false
        for one in ready {
            switch one.descriptor {
            case resources.listener: accept()
            case resources.signals: childrenEnded = takeSignals(at: now) || childrenEnded
            case resources.timer: resources.takeTimer()
            default: take(one, at: now)
            }
        }
        answerRequests(at: now)
        if childrenEnded { reap(at: now) }
        if alarm.isDue(at: now) { tick(at: now) }
        tell()
        watchIdleness(at: now)
        if let time = alarm.changed() { resources.setTimer(time) }
    }

    private func take(_ one: Poller.Readiness, at now: Uptime) {
        if let pipe = pipes[one.descriptor] {
            let child = pipe.child
            readOnce(child, one.descriptor, pipe.stream, at: wallClockMicroseconds())
            if child.ending != nil, child.allPipesEnded { settle(child, at: now) }
        } else if let zygote = zygotes.values.first(where: { $0.socket == one.descriptor }) {
            hear(zygote, at: now)
        } else if one.isReadable {
            receive(from: one.descriptor)
        }
    }

    /// True if a child has ended.
    private func takeSignals(at now: Uptime) -> Bool {
        var childrenEnded = false
        for signal in resources.takeSignals() {
            if signal == SIGCHLD { childrenEnded = true }
            if signal == SIGTERM { stopAll(at: now) }
        }
        return childrenEnded
    }

    /// Sees to it that `tick` runs no later than this.
    func wake(at time: Uptime) { alarm.set(time) }

    /// Does what is due. Looks at all children, but only when something is due for one.
    private func tick(at now: Uptime) {
        alarm.reset()
        retryBlocked(at: now)
        if hasRiddles { settleAll(at: now) }
        if !zygotes.isEmpty { checkZygotes(at: now) }
        for child in Array(children.values) {
            perform(child.life.tick(at: now), on: child, at: now)
            wake(at: child.life.due)
        }
        if let idleSince { wake(at: idleSince.after(nanoseconds: settings.idle.nanoseconds)) }
    }

    /// Tells all children to end and ends when they have.
    func stopAll(at now: Uptime) {
        guard !isStopping else { return }
        isStopping = true
        for child in Array(children.values) { requestStop(child, .requested, at: now) }
        for fork in zygotes.values.flatMap(\.forks) { fork.stop = (.requested, nil) }
    }

    private func watchIdleness(at now: Uptime) {
        guard agent == nil, records.isEmpty else {
            idleSince = nil
            return
        }
        if idleSince == nil {
            idleSince = now
            wake(at: now.after(nanoseconds: settings.idle.nanoseconds))
        }
    }

    private var isFinished: Bool {
        if isStopping { return children.isEmpty && !areForksPending }
        guard let idleSince else { return false }
        return Uptime.read() >= idleSince.after(nanoseconds: settings.idle.nanoseconds)
    }

    /// Lets the agent have the last exits, if it takes them soon.
    private func bidFarewell() {
        guard let agent else { return }
        let until = Uptime.read().after(nanoseconds: 2_000_000_000)
        while agent.flush(), agent.backlog > 0, Uptime.read() < until {
            var state = pollfd(fd: agent.descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&state, 1, 100)
        }
    }
}
