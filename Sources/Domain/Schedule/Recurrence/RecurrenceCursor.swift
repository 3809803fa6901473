/// The local times at which a rule fires, in order.
struct RecurrenceCursor: IteratorProtocol, Sendable {
    private let rule: RecurrenceRule
    private let from: LocalTime
    private let end: LocalTime
    private var periods: RecurrencePeriods
    private var period = RecurrencePeriod.empty
    /// Which fires of the period are left: places in `chosen`, if some were chosen, else in the period.
    private var places = 0..<0
    private var chosen: [Int]?
    private var counted = 0

    /// - Parameters:
    ///   - start: the first time that may be one.
    ///   - end: where the search ends.
    init(_ rule: RecurrenceRule, from start: LocalTime, until end: LocalTime) {
        self.rule = rule
        from = max(start, rule.start)
        self.end = min(end, rule.until ?? end)
        // What is counted is counted from the beginning.
        periods = RecurrencePeriods(rule, from: rule.count == nil ? start : rule.start, until: self.end)
    }

    mutating func next() -> LocalTime? {
        while true {
            guard let place = places.popFirst() else {
                guard advance() else { return nil }
                continue
            }
            let time = period[chosen?[place] ?? place]
            guard time <= end else { return nil }
            guard time >= rule.start else { continue }
            if let count = rule.count {
                guard counted < count else { return nil }
                counted += 1
            }
            if time >= from { return time }
        }
    }

    private mutating func advance() -> Bool {
        guard let next = periods.next() else { return false }
        period = next
        if rule.positions.isEmpty {
            let isCounted = rule.count != nil
            let day = next.days.firstIndex { isCounted || $0 >= from.day } ?? next.days.count
            places = day * next.times.count..<next.count
        } else {
            let indices = next.indices(at: rule.positions)
            (chosen, places) = (indices, indices.indices)
        }
        return true
    }
}
