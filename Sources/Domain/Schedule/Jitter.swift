extension DeploymentSchedule {
    /// The most that a jitter may be: each look at a schedule goes through the times that it may still put off.
    public static let longestJitter: Duration = .seconds(86_400)
    /// An interval that is shorter goes without jitter and policies, which look at its times one by one.
    public static let shortestJudged: Duration = .seconds(1)

    /// Whether its times are too close together for what is to be decided of each.
    public var isTooFrequentToJudge: Bool {
        guard jitter > .zero || missed != nil || overlap != .allow else { return false }
        guard case .interval(let recurrence) = schedule.recurrence else { return false }
        return recurrence.interval < Self.shortestJudged
    }

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
