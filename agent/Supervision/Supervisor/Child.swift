import Glibc

/// A child that lives, or has ended and still has output or descendants.
final class Child {
    let token: String
    /// Grows with every start.
    let sequence: UInt64
    let pid: Int32
    /// Wall clock, microseconds since 1970.
    let startedAt: Int64
    var life: ChildLife
    var capture: CaptureFile
    /// Descendants whose parents have ended: they are the supervisor's own children now.
    var orphans: Set<Int32> = []
    /// Set when the main process has been reaped.
    var ending: Ending?
    /// Since when its output waits for the disk, if it does.
    var blockedSince = Uptime(nanoseconds: 0)
    /// There is output that the agent has not been told of.
    var hasNews = false
    private var pipes: (output: Int32, error: Int32)

    /// How the main process ended.
    struct Ending {
        let status: ChildExit.Status
        let usage: rusage
        /// Wall clock, microseconds since 1970.
        let at: Int64
        let uptime: Uptime
    }

    init(
        token: String, sequence: UInt64, pid: Int32, startedAt: Int64, life: ChildLife, capturePath: String,
        pipes: (output: Int32, error: Int32)
    ) {
        self.token = token
        self.sequence = sequence
        self.pid = pid
        self.startedAt = startedAt
        self.life = life
        capture = CaptureFile(path: capturePath)
        self.pipes = pipes
    }

    /// The pipes that are not at their end, each with what comes through it.
    var openPipes: [(descriptor: Int32, stream: CaptureRecord.Stream)] {
        [(pipes.output, .standardOutput), (pipes.error, .standardError)].filter { $0.0 >= 0 }
    }

    var allPipesEnded: Bool { pipes.output < 0 && pipes.error < 0 }

    func closePipe(_ stream: CaptureRecord.Stream) {
        switch stream {
        case .standardOutput:
            if pipes.output >= 0 { close(pipes.output) }
            pipes.output = -1
        case .standardError:
            if pipes.error >= 0 { close(pipes.error) }
            pipes.error = -1
        }
    }

    /// The end of a child of which nothing is left.
    func exit(_ ending: Ending) -> ChildExit {
        let usage = ending.usage
        let microseconds =
            (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000
            + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        return ChildExit(
            status: ending.status, stop: life.stop,
            cpuMicroseconds: UInt64(max(0, microseconds)), peakMemoryBytes: UInt64(max(0, usage.ru_maxrss)) * 1024,
            capturedBytes: capture.length, lostBytes: capture.lostBytes, startedAt: startedAt, endedAt: ending.at)
    }
}

extension ChildExit.Status {
    /// From what `wait` answers.
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7F
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xFF) : .signaled(signal)
    }
}
