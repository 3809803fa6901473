/// How waiting makes up for a low priority, so that nothing is starved for ever by what comes after it.
///
/// A wait of one step weighs as much as one step of priority: a run is overtaken by one whose priority is higher by `n`
/// only if that became due at most `n` steps later. For two runs this never changes while they wait, so their order is
/// known when they are made, and no row has to be touched as time goes by.
public struct Ageing: Sendable, Hashable {
    /// How long a wait weighs as much as one step of priority.
    public let step: Duration

    /// What holds where nobody says otherwise.
    public static let standard = Ageing(step: .seconds(600))

    /// - Parameter step: more than nothing.
    public init(step: Duration) { self.step = step }

    /// What stands for a run in the order: the lower, the sooner. Its time, moved forward by a step for each of its
    /// priority.
    public func rank(priority: Int, due: Timestamp) -> Timestamp {
        let (bonus, overflow) = step.wholeMicroseconds.multipliedReportingOverflow(by: Int64(priority))
        guard !overflow else { return priority > 0 ? Timestamp(microseconds: .min) : .distantFuture }
        let (rank, passesEnd) = due.microseconds.subtractingReportingOverflow(bonus)
        guard !passesEnd else { return priority > 0 ? Timestamp(microseconds: .min) : .distantFuture }
        return Timestamp(microseconds: rank)
    }

    /// The same for a queue, whose priority is the higher the lower its number is.
    ///
    /// - Parameter due: of the run that the queue would give next.
    public func rank(queuePriority: Int, due: Timestamp) -> Timestamp { rank(priority: -queuePriority, due: due) }
}
