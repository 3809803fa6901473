/// When a child is to be asked to end, when it is killed and when it is done with: pure, driven by events and the time.
///
/// running → terminating (TERM sent, grace) → killing (KILL sent) → draining (the main process has ended) → ended.
/// A main process that ends by itself leads from running to draining at once. One that obeys TERM leaves its
/// descendants the rest of the grace, so terminating may go on without it.
///
/// No grace goes on after the lease: whatever it is stopped for, a child is killed `leaseGrace` after the end of its
/// lease at the latest. The server counts on it: a little later it lets the run execute elsewhere.
struct ChildLife: Equatable {
    enum Phase: Equatable {
        case running
        case terminating(killAt: Uptime)
        case killing(againAt: Uptime)
        case draining(until: Uptime)
        case ended
    }

    /// What the supervisor is to do.
    enum Action: Equatable {
        case nothing
        /// Send TERM to all of the child's processes.
        case terminate
        /// Send KILL to all of the child's processes.
        case kill
        /// Say that it has ended.
        case finish
    }

    private(set) var phase = Phase.running
    private(set) var stop: StopReason?
    private(set) var mainHasEnded = false
    private let timesOutAt: Uptime
    private var leaseEndsAt: Uptime
    private let grace: UInt64
    private let leaseGrace: UInt64
    private let drain: UInt64

    /// All delays are nanoseconds; `UInt64.max` is for ever.
    init(
        startedAt now: Uptime, timeout: UInt64, leaseEndsAt: Uptime, grace: UInt64, leaseGrace: UInt64, drain: UInt64
    ) {
        timesOutAt = now.after(nanoseconds: timeout)
        self.leaseEndsAt = leaseEndsAt
        self.grace = grace
        self.leaseGrace = min(grace, leaseGrace)
        self.drain = drain
    }

    /// When `tick` will have something to do.
    var due: Uptime {
        switch phase {
        case .running: min(timesOutAt, leaseEndsAt)
        case .terminating(let at): min(at, leaseEndsAt.after(nanoseconds: leaseGrace))
        case .killing(let at), .draining(let at): at
        case .ended: Uptime(nanoseconds: .max)
        }
    }

    /// Whether whatever is found of the child is to be killed on sight.
    var isKilling: Bool {
        switch phase {
        case .running, .terminating: false
        case .killing, .draining, .ended: true
        }
    }

    mutating func renew(until end: Uptime) { leaseEndsAt = end }

    mutating func limit(to end: Uptime) { leaseEndsAt = min(leaseEndsAt, end) }

    /// Somebody wants it stopped. A second wish can only make the grace shorter. `grace` nil: as the child's spec says.
    mutating func requestStop(_ reason: StopReason, grace wished: UInt64? = nil, at now: Uptime) -> Action {
        let killAt = now.after(nanoseconds: wished ?? grace)
        switch phase {
        case .running where killAt == now:
            stop = reason
            return kill(at: now)
        case .running:
            stop = reason
            phase = .terminating(killAt: killAt)
            return .terminate
        case .terminating(let before):
            phase = .terminating(killAt: min(before, killAt))
            return .nothing
        case .killing, .draining, .ended:
            return .nothing
        }
    }

    /// The main process has ended.
    mutating func mainEnded(at now: Uptime) -> Action {
        mainHasEnded = true
        switch phase {
        case .running:
            phase = .draining(until: now.after(nanoseconds: drain))
            return .kill
        case .killing:
            phase = .draining(until: now.after(nanoseconds: drain))
            return .nothing
        case .terminating, .draining, .ended:
            return .nothing
        }
    }

    /// No process of it is known to be left. Its pipes may still be held open by somebody.
    mutating func descendantsEnded(at now: Uptime) {
        guard mainHasEnded, case .terminating = phase else { return }
        phase = .draining(until: now.after(nanoseconds: drain))
    }

    /// Its output cannot be stored yet.
    mutating func drainLonger(until: Uptime) {
        if case .draining = phase { phase = .draining(until: until) }
    }

    mutating func finish() { phase = .ended }

    /// What is due by now.
    mutating func tick(at now: Uptime) -> Action {
        guard now >= due else { return .nothing }
        switch phase {
        case .running where now >= leaseEndsAt: return requestStop(.leaseEnded, grace: leaseGrace, at: now)
        case .running: return requestStop(.timedOut, at: now)
        case .terminating, .killing: return kill(at: now)
        case .draining: return .finish
        case .ended: return .nothing
        }
    }

    /// Again and again while it lasts: between two looks at a tree, processes may have been added to it.
    private mutating func kill(at now: Uptime) -> Action {
        phase =
            mainHasEnded
            ? .draining(until: now.after(nanoseconds: drain)) : .killing(againAt: now.after(nanoseconds: 1_000_000_000))
        return .kill
    }
}
