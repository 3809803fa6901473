import AgentRuntime
import Domain
import Supervision

extension ExecutorEvent {
    /// Nil for what is no event of a child.
    /// - Parameter now: The supervisor does not say when a start failed.
    init?(_ event: SupervisorEvent, at now: Timestamp) {
        switch event {
        case .started(let token, let pid, let at):
            self = .started(ChildName(token), processID: pid, at: Timestamp(microseconds: at))
        case .output(let token, _):
            self = .output(ChildName(token))
        case .exited(let token, let exit):
            self = .ended(ChildName(token), ChildEnd(exit))
        case .failedToStart(let token, let reason):
            self = .ended(ChildName(token), ChildEnd(reason, at: now))
        case .zygoteReady, .zygoteEnded, .disconnected:
            return nil
        }
    }
}

extension RecoveredChild {
    init(_ report: ChildReport, at now: Timestamp) {
        let state: State =
            switch report.state {
            case .running(let pid, let startedAt, _):
                .running(processID: pid, since: Timestamp(microseconds: startedAt))
            case .ended(let exit): .ended(ChildEnd(exit))
            case .failedToStart(let reason): .ended(ChildEnd(reason, at: now))
            }
        self.init(name: ChildName(report.token), state: state)
    }
}

extension ChildEnd {
    init(_ exit: ChildExit) {
        let end = AttemptEnd(
            exit.cause, at: Timestamp(microseconds: exit.endedAt), message: exit.loss,
            cpu: .microseconds(Int64(clamping: exit.cpuMicroseconds)),
            peakMemoryBytes: Int64(clamping: exit.peakMemoryBytes))
        self.init(end, outputEnd: exit.capturedBytes)
    }

    /// It was not started.
    init(_ failure: StartFailure, at now: Timestamp) {
        self.init(AttemptEnd(failure.cause, at: now, message: failure.description), outputEnd: 0)
    }
}

extension StartFailure {
    /// Whether the run is at fault, which another host would not change, or this host.
    var cause: AttemptEnd.Cause {
        switch self {
        case .commandNotFound, .notExecutable, .directoryMissing, .other: .notStarted
        case .leaseEnded: .leaseEnded
        case .shuttingDown: .supervisorLost
        }
    }
}

extension ChildExit {
    /// What is missing of its output, if anything is.
    var loss: String? {
        lostBytes == 0
            ? nil : "\(lostBytes) bytes of its output are missing: the disk of the agent had no room for them"
    }

    /// Why it was stopped says more than how it took that.
    var cause: AttemptEnd.Cause {
        switch (stop, status) {
        case (.requested, _): .stopped
        case (.timedOut, _): .timedOut
        case (.leaseEnded, _): .leaseEnded
        case (nil, .exited(let code)): .exited(code: Int(code))
        case (nil, .signaled(let signal)): .signaled(Int(signal))
        }
    }
}
