import Domain
import Glibc

extension AgentTime {
    /// Reads the system's clocks.
    public static func read() -> AgentTime {
        var boot = timespec()
        var wall = timespec()
        clock_gettime(CLOCK_BOOTTIME, &boot)
        clock_gettime(CLOCK_REALTIME, &wall)
        let microseconds = Int64(wall.tv_sec) * 1_000_000 + Int64(wall.tv_nsec) / 1000
        return AgentTime(
            elapsed: .seconds(boot.tv_sec) + .nanoseconds(boot.tv_nsec), wall: Timestamp(microseconds: microseconds))
    }
}
