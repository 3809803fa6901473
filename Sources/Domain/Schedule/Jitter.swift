extension DeploymentSchedule {
    /// The most that a jitter may be. (Runs are made no further ahead than a hundred days.)
    public static let longestJitter: Duration = .seconds(7 * 86_400)

    /// When the run for that time is to start: later by a part of the jitter that is always the same for the same
    /// schedule and time, so that however often runs are made ahead, each is made once.
    public func due(for fire: Timestamp) -> Timestamp {
        guard jitter > .zero else { return fire }
        let share = Self.scramble(id.low ^ UInt64(bitPattern: fire.microseconds)) >> 32
        let span = jitter.wholeMicroseconds.multipliedFullWidth(by: Int64(share))
        // Of 96 bits, without the lowest 32: never more than the jitter.
        return fire + .microseconds(span.high << 32 | Int64(span.low >> 32))
    }

    /// The finalizer of MurmurHash3: every bit of the outcome depends on every bit of the number.
    private static func scramble(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ mixed >> 33) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ mixed >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return mixed ^ mixed >> 33
    }
}
