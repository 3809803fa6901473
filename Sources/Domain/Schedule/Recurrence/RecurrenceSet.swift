/// Recurrence rules and dates, less those that are taken out again (RFC 5545 §3.8.5): what Prefect calls an rrule.
public struct RecurrenceSet: Hashable, Sendable {
    /// As it was given; with its start, if that was not.
    public let text: String
    var rules: [RecurrenceRule]
    var dates: [LocalTime]
    var excludedRules: [RecurrenceRule]
    var excludedDates: Set<LocalTime>

    init(
        text: String, rules: [RecurrenceRule], dates: [LocalTime] = [], excludedRules: [RecurrenceRule] = [],
        excludedDates: Set<LocalTime> = []
    ) {
        self.text = text
        self.rules = rules
        self.dates = dates.sorted()
        self.excludedRules = excludedRules
        self.excludedDates = excludedDates
    }
}

/// The local times of a set, in order, each once.
struct RecurrenceSetCursor: IteratorProtocol, Sendable {
    private var included: Merge
    private var excluded: Merge
    private let excludedDates: Set<LocalTime>

    init(_ set: RecurrenceSet, from start: LocalTime, until end: LocalTime) {
        let dates = set.dates.filter { start <= $0 && $0 <= end }
        included = Merge(set.rules.map { RecurrenceCursor($0, from: start, until: end) }, dates)
        excluded = Merge(set.excludedRules.map { RecurrenceCursor($0, from: start, until: end) }, [])
        excludedDates = set.excludedDates
    }

    mutating func next() -> LocalTime? {
        while let time = included.next() {
            while let other = excluded.head, other < time { _ = excluded.next() }
            if excluded.head != time, !excludedDates.contains(time) { return time }
        }
        return nil
    }

    /// Several cursors as one.
    private struct Merge: Sendable {
        private var cursors: [RecurrenceCursor]
        /// What each cursor is at, and behind them all the dates.
        private var heads: [LocalTime?]
        private var dates: ArraySlice<LocalTime>

        init(_ cursors: [RecurrenceCursor], _ dates: [LocalTime]) {
            self.cursors = cursors
            self.dates = dates[...]
            heads = []
            for index in self.cursors.indices { heads.append(self.cursors[index].next()) }
        }

        /// The next time.
        var head: LocalTime? { (heads + [dates.first]).compactMap(\.self).min() }

        /// Takes it out, wherever it is.
        mutating func next() -> LocalTime? {
            guard let next = head else { return nil }
            for index in cursors.indices {
                while let head = heads[index], head <= next { heads[index] = cursors[index].next() }
            }
            dates = dates.drop { $0 <= next }
            return next
        }
    }
}
