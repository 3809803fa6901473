import Glibc

/// Time since boot, in nanoseconds, counting the time that the machine sleeps.
struct Uptime: Comparable, Hashable {
    var nanoseconds: UInt64

    /// Reads the kernel's clock.
    static func read() -> Uptime {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Uptime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// Stays at the end of time instead of overflowing.
    func after(nanoseconds delay: UInt64) -> Uptime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(delay)
        return Uptime(nanoseconds: overflow ? .max : sum)
    }

    static func < (left: Uptime, right: Uptime) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
    /// Nanoseconds, within what 64 bits hold: negative durations are 0, those over 580 years the largest number.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return .max }
        let (sum, beyond) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        return beyond ? .max : sum
    }
}

/// Microseconds since 1970.
func wallClockMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
}

/// What the C library says about an errno.
func systemMessage(_ number: Int32) -> String {
    guard let text = strerror(number) else { return "error \(number)" }
    return String(cString: text)
}
