/// What the end of an attempt means for its run, before retries.
struct AttemptVerdict {
    let type: StateType
    let name: String?
    let message: String?

    /// - Parameter reportsForItself: whether the flow would have said itself how it ended, had it come to its end.
    init(_ end: AttemptEnd, reportsForItself: Bool) {
        switch end.cause {
        case .exited where end.wasOutOfMemory, .signaled where end.wasOutOfMemory:
            self.init(.crashed, message: "was killed for wanting more memory than it may have", end.message)
        case .notStarted where end.lackedCode: self.init(.crashed, message: "could not be started", end.message)
        case .exited(let code) where reportsForItself:
            self.init(.crashed, message: "its process exited with code \(code) and left no final state", end.message)
        case .notStarted where reportsForItself: self.init(.crashed, message: "could not be started", end.message)
        default: self.init(end)
        }
    }

    private init(_ end: AttemptEnd) {
        switch end.cause {
        case .exited(code: 0): self.init(.completed, message: end.message)
        case .exited(let code): self.init(.failed, message: "exited with code \(code)", end.message)
        case .timedOut: self.init(.failed, name: StateName.timedOut, message: "ran into its timeout", end.message)
        case .notStarted: self.init(.failed, message: "could not be started", end.message)
        case .signaled(let number): self.init(.crashed, message: "was ended by \(signalName(number))", end.message)
        case .stopped: self.init(.crashed, message: "was stopped", end.message)
        case .leaseEnded: self.init(.crashed, message: "lost its lease", end.message)
        case .supervisorLost: self.init(.crashed, message: "lost its supervisor", end.message)
        }
    }

    private init(_ type: StateType, name: String? = nil, message: String? = nil, _ detail: String? = nil) {
        self.type = type
        self.name = name
        self.message =
            if let message, let detail, !detail.isEmpty { "\(message): \(detail)" } else { message }
    }
}

/// `SIGKILL (9)`; the numbers of Linux.
private func signalName(_ number: Int) -> String {
    let names = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
        11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
    ]
    return names[number].map { "\($0) (\(number))" } ?? "signal \(number)"
}
