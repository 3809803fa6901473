import Glibc

/// A moment on the monotonic clock, for the linger of a closing socket.
struct Deadline {
    private let milliseconds: Int

    init(after duration: Duration) {
        milliseconds = Self.uptime() + Int(duration.milliseconds)
    }

    /// Zero once it has passed.
    var remainingMilliseconds: Int32 {
        max(0, Int32(clamping: milliseconds - Self.uptime()))
    }

    private static func uptime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}
