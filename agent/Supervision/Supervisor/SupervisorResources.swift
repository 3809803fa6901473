import CProcess
import Glibc

/// What the supervisor holds open as long as it lives.
final class SupervisorResources {
    let listener: Int32
    let signals: Int32
    let timer: Int32
    /// Lists our own children; -1 if the kernel cannot.
    let ownChildren: Int32
    let null: Int32
    /// The limit of open files that children get back: ours is raised.
    let fileLimit: sluice_limit

    init() throws(SupervisorDirectory.Fault) {
        fileLimit = Self.raiseFileLimit()
        let failure = sluice_become_subreaper()
        if failure != 0 { throw SupervisorDirectory.Fault("cannot become a subreaper", failure) }
        signals = Self.blockSignals()
        timer = timerfd_create(CLOCK_BOOTTIME, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
        null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard signals >= 0, timer >= 0, null >= 0 else { throw SupervisorDirectory.Fault("cannot set up", errno) }
        ownChildren = sluice_open_own_children()
        if ownChildren < 0 { supervisorLog("this kernel lists no children: what escapes from a session may stay") }
        listener = try SupervisorDirectory.listen()
    }

    /// The numbers of the signals that arrived.
    func takeSignals() -> [Int32] {
        var received = [signalfd_siginfo](repeating: signalfd_siginfo(), count: 8)
        let size = received.withUnsafeMutableBytes { read(signals, $0.baseAddress, $0.count) }
        let count = max(0, size) / MemoryLayout<signalfd_siginfo>.size
        return received.prefix(count).map { Int32(bitPattern: $0.ssi_signo) }
    }

    func setTimer(_ time: Uptime) {
        var value = itimerspec()
        if time.nanoseconds < .max {
            value.it_value.tv_sec = Int(clamping: time.nanoseconds / 1_000_000_000)
            value.it_value.tv_nsec = Int(max(1, time.nanoseconds % 1_000_000_000))
        }
        timerfd_settime(timer, Int32(TFD_TIMER_ABSTIME), &value, nil)
    }

    func takeTimer() {
        var count: UInt64 = 0
        read(timer, &count, MemoryLayout<UInt64>.size)
    }

    /// All signals are blocked, and none ignored: children would inherit that. Two are read.
    private static func blockSignals() -> Int32 {
        var all = sigset_t()
        sigfillset(&all)
        sigprocmask(SIG_SETMASK, &all, nil)
        var read = sigset_t()
        sigemptyset(&read)
        sigaddset(&read, SIGCHLD)
        sigaddset(&read, SIGTERM)
        return signalfd(-1, &read, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    }

    /// Three descriptors a child: the usual 1024 would end at 340 children.
    private static func raiseFileLimit() -> sluice_limit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let before = sluice_limit(
            resource: Int32(RLIMIT_NOFILE.rawValue), soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return before
    }
}
