import Domain
import Wire

@testable import AgentRuntime
@testable import Supervision

/// The small process beside an agent: it starts children, and stops them by the real `ChildLife`.
struct SimulatedSupervisor {
    enum Request: Sendable {
        /// Leases end at moments of the host's own clock, so that no delay makes them longer.
        case start(Assignment, leaseEnd: Duration)
        case stop(AttemptKey, grace: Duration)
        case renew([AttemptKey], until: Duration)
        case limit([AttemptKey], until: Duration)
        case acknowledge(AttemptKey)
    }

    struct Child {
        let key: AttemptKey
        /// How it behaves.
        let conduct: Conduct
        var life: ChildLife
        let startedAt: Timestamp
        let capture: Capture
        /// Its program executes.
        var isAlive = true
        var status: ChildExit.Status?
        /// What the agent is told until it acknowledges it.
        var end: ChildEnd?
        /// When its lease ends on the host's own clock, for the judges.
        var leaseEnd: Duration
        /// Its supervisor could not stop it in time, because it was frozen.
        var isExcused = false
        /// The alarm that counts.
        var alarm = 0
    }

    struct Conduct: Sendable {
        /// How long it executes when nobody interferes, in microseconds.
        let duration: Int64
        let code: Int32
        /// How long it takes to obey TERM, in microseconds; nothing for one that does not.
        let obedience: Int64?
        let isSilent: Bool
    }

    var isThere = false
    /// Grows with each process.
    var generation = 0
    var isFrozen = false
    var children: [AttemptKey: Child] = [:]
    /// What it was asked while it was frozen; what is to be started while there is none.
    var waiting: [Request] = []
}

extension SimulatedSupervisor.Child {
    /// As the executor tells of it.
    func ending(at time: Timestamp) -> ChildEnd {
        let exit = ChildExit(
            status: status ?? .signaled(9), stop: life.stop, cpuMicroseconds: 0, peakMemoryBytes: 0,
            capturedBytes: capture.end, startedAt: startedAt.microseconds, endedAt: time.microseconds)
        let cause: AttemptEnd.Cause =
            switch (exit.stop, exit.status) {
            case (.requested, _): .stopped
            case (.timedOut, _): .timedOut
            case (.leaseEnded, _): .leaseEnded
            case (nil, .exited(let code)): .exited(code: Int(code))
            case (nil, .signaled(let signal)): .signaled(Int(signal))
            }
        return ChildEnd(AttemptEnd(cause, at: time), outputEnd: exit.capturedBytes)
    }
}
