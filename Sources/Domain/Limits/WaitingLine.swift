/// The callers that found no free slots and were told when to ask again, in the order of their first asking.
///
/// Most callers do not say who they are. But a caller keeps its appointment: it asks for the same again, and not before
/// its time. Whoever asks for the same earlier than anybody was told to is somebody else, and stands at the end. (Who
/// does say who it is, is known whenever it comes.) Free slots are kept for a caller from shortly before it is due until
/// shortly after, so that neither those who come by chance when slots are free, nor those who want fewer, get past it
/// for ever; and no slot is kept free for longer than that.
public struct WaitingLine: Sendable {
    /// How long before its time slots are kept for a caller. Who is next in turn is told to come back sooner than that.
    public static let foresight: Duration = .seconds(2)
    /// How long after its time a caller is waited for. It may have given up.
    public static let patience: Duration = .seconds(2)

    /// What a caller asks for: by this it is known again.
    public struct Wish: Sendable, Hashable {
        public let names: Set<String>
        public let slots: Int
        public let holder: LimitHolder?

        public init(names: some Sequence<String>, slots: Int, holder: LimitHolder?) {
            self.names = Set(names)
            self.slots = slots
            self.holder = holder
        }
    }

    /// Somebody who waits.
    public struct Ticket: Sendable, Hashable {
        /// The lower, the earlier in the line.
        public let number: Int
        /// The limits that had no room.
        public let limits: Set<ID<ConcurrencyLimit>>
        public let due: Timestamp

        fileprivate func isGone(at now: Timestamp) -> Bool { due + WaitingLine.patience < now }
    }

    /// A ticket as those see it who want the same limit.
    private struct Place {
        let ticket: Ticket
        let slots: Int
    }

    /// How many may stand in it. Those beyond are told to come again like the others, and find no slots kept.
    private let longest: Int
    /// In the order of their numbers.
    private var places: [ID<ConcurrencyLimit>: [Place]] = [:]
    private var tickets: [Wish: [Ticket]] = [:]
    private var count = 0
    private var nextNumber = 1
    private var nextSweep: Timestamp?

    public init(longest: Int = 10_000) { self.longest = longest }

    /// What is waited for, and by how many.
    public var waiting: [Wish: Int] { tickets.mapValues(\.count) }

    /// What those wait for who say who they are.
    public var signed: [(holder: LimitHolder, slots: Int, ticket: Ticket)] {
        tickets.flatMap { wish, tickets in
            wish.holder.map { holder in tickets.map { (holder, wish.slots, $0) } } ?? []
        }
    }

    /// A caller asks, for the first time or again: it leaves the line, if it stands in it, until it is told to wait.
    ///
    /// - Returns: its number.
    public mutating func call(_ wish: Wish, at now: Timestamp) -> Int {
        sweep(at: now)
        let isKnown = wish.holder != nil
        if let ticket = tickets[wish]?.first(where: { (isKnown || $0.due <= now) && !$0.isGone(at: now) }) {
            remove(ticket, wish)
            return ticket.number
        }
        defer { nextNumber += 1 }
        return nextNumber
    }

    /// The caller with that number is told to ask again at `due`.
    public mutating func wait(
        _ number: Int, _ wish: Wish, for limits: Set<ID<ConcurrencyLimit>>, until due: Timestamp
    ) {
        guard count < longest else { return }
        count += 1
        let ticket = Ticket(number: number, limits: limits, due: due)
        tickets[wish, default: []].insert(ticket) { $0.number < number }
        for limit in limits {
            places[limit, default: []].insert(Place(ticket: ticket, slots: wish.slots)) { $0.ticket.number < number }
        }
    }

    /// How many slots of a limit are kept now for those before `number`.
    public func kept(of limit: ID<ConcurrencyLimit>, before number: Int, at now: Timestamp) -> Int {
        slots(of: limit, before: number, at: now) { $0.due - Self.foresight <= now }
    }

    /// How many slots of a limit those before `number` wait for, sooner or later.
    public func ahead(of number: Int, in limit: ID<ConcurrencyLimit>, at now: Timestamp) -> Int {
        slots(of: limit, before: number, at: now) { _ in true }
    }

    private func slots(
        of limit: ID<ConcurrencyLimit>, before number: Int, at now: Timestamp, _ counts: (Ticket) -> Bool
    ) -> Int {
        var sum = 0
        for place in places[limit] ?? [] {
            guard place.ticket.number < number else { break }
            if !place.ticket.isGone(at: now), counts(place.ticket) { sum += place.slots }
        }
        return sum
    }

    private mutating func remove(_ ticket: Ticket, _ wish: Wish) {
        tickets[wish] = tickets[wish]?.without { $0.number == ticket.number }
        for limit in ticket.limits {
            places[limit] = places[limit]?.without { $0.ticket.number == ticket.number }
        }
        count -= 1
    }

    /// Forgets those who did not come, once a second at most.
    private mutating func sweep(at now: Timestamp) {
        if let nextSweep, now < nextSweep { return }
        nextSweep = now + .seconds(1)
        tickets = tickets.compactMapValues { $0.without { $0.isGone(at: now) } }
        places = places.compactMapValues { $0.without { $0.ticket.isGone(at: now) } }
        count = tickets.reduce(0) { $0 + $1.value.count }
    }
}

extension Array {
    /// Inserts before the first element that `isBefore` does not hold for.
    fileprivate mutating func insert(_ element: Element, after isBefore: (Element) -> Bool) {
        let place = lastIndex(where: isBefore).map { $0 + 1 } ?? startIndex
        insert(element, at: place)
    }

    /// The elements that stay; nothing if there are none.
    fileprivate func without(_ isGone: (Element) -> Bool) -> [Element]? {
        let rest = filter { !isGone($0) }
        return rest.isEmpty ? nil : rest
    }
}

extension ConcurrencyLimit {
    /// The longest that a caller is told to wait for slots that others give back: the estimate may be far off.
    public static let longestWait: Duration = .seconds(30)
    private static let shortestWait: Duration = .milliseconds(100)

    /// When a caller that found no room should ask again.
    ///
    /// - Parameters:
    ///   - wanted: how many slots it wants.
    ///   - taken: of a limit that decays, how many are taken now.
    ///   - ahead: how many slots those wait for who stand before it.
    ///   - chance: from 0 to 1; so that many callers do not come at once.
    public func wait(for wanted: Int, taken: Double, ahead: Int, chance: Double) -> Duration {
        if decays {
            return .seconds(min(max((taken + Double(ahead + wanted - slots)) / decay, 0.01), 3e9))
        }
        let turns = Double(ahead + wanted) / Double(max(slots, 1))
        let estimate = min(meanOccupancy.inSeconds, Self.longestWait.inSeconds) * turns * (0.8 + 0.4 * chance)
        // Who is next in turn looks more often: that slots come free is not told to it, and they lie idle until it comes.
        guard ahead + wanted <= slots else { return min(max(.seconds(estimate), Self.shortestWait), Self.longestWait) }
        return min(max(.seconds(estimate / 2), Self.shortestWait), WaitingLine.foresight)
    }
}
