/// The earliest of many times. One that has become too early only costs a look.
struct Alarm {
    private var time = Uptime(nanoseconds: .max)
    private var told = Uptime(nanoseconds: .max)

    mutating func set(_ wished: Uptime) { time = min(time, wished) }
    mutating func reset() { time = Uptime(nanoseconds: .max) }
    func isDue(at now: Uptime) -> Bool { now >= time }

    /// The time, if it differs from what was answered before.
    mutating func changed() -> Uptime? {
        guard time != told else { return nil }
        told = time
        return time
    }
}
