/// Notices that nothing has moved for too long.
struct IdleWatch {
    private let limit: Duration?
    private var moved = -1
    private var since: Duration = .zero

    init(limit: Duration?) {
        self.limit = limit
    }

    mutating func restart(at now: Duration) {
        since = now
    }

    /// How long nothing may move from now on; nil for ever, never less than zero.
    mutating func timeLeft(bytesMoved: Int, at now: Duration) -> Duration? {
        guard let limit else { return nil }
        if bytesMoved != moved {
            moved = bytesMoved
            since = now
        }
        return max(.zero, limit - (now - since))
    }
}

extension Duration {
    /// Rounded up, so that a limit is never shorter than asked for; at least 1, since 0 means "no limit" to libcurl.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        let rounded = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let fraction = rounded.quotient + (rounded.remainder > 0 ? 1 : 0)
        return Int(max(1, min(seconds, 1_000_000_000) * 1000 + fraction))
    }
}
