import Domain

/// How many answers there may be in a second to what belongs to no session, so that whoever sends a flood of it does
/// not get a flood back.
struct RefusalBudget {
    static let perSecond = 1000

    private var second: Int64 = 0
    private var spent = 0

    /// Whether there may be another one.
    mutating func take(at now: Timestamp) -> Bool {
        let current = now.microseconds / 1_000_000
        if current != second { (second, spent) = (current, 0) }
        spent += 1
        return spent <= Self.perSecond
    }
}
