/// A trigger that looks at events: it fires when enough of those that it expects happen within a time, or too few.
public struct EventTrigger: Sendable, Hashable {
    public enum Posture: String, Sendable, CaseIterable {
        /// It fires when the events happen.
        case reactive = "Reactive"
        /// It fires when they do not.
        case proactive = "Proactive"
    }

    /// How long before the first event that it hears of others may have occurred that are heard of later.
    static let lookback: Duration = .seconds(15 * 60)
    /// The shortest time in which the absence of events is something.
    public static let shortestAbsence: Duration = .seconds(10)

    public internal(set) var id: ID<Trigger>
    /// What the event must be about.
    public var match = ResourceSpecification()
    /// What it must have to do with beside that: all of them.
    public var matchRelated: [ResourceSpecification] = []
    /// Whether `matchRelated` is said as a list.
    public var listsRelated = false
    /// Events that must have happened before others count; a `*` stands for anything.
    public var after: Set<String> = []
    /// Events that count; none of them means all.
    public var expect: Set<String> = []
    /// Labels: events that differ in one are counted apart.
    public var forEach: Set<String> = []
    public var posture: Posture
    /// How many events it takes, or are too few if one is missing.
    public var threshold = 1
    /// The time in which they must happen; zero for each event by itself.
    public var within: Duration = .zero

    public init(id: ID<Trigger>, posture: Posture = .reactive) {
        self.id = id
        self.posture = posture
    }

    /// Whether it has anything to do with events of that name.
    public func isInterested(inEventNamed name: String) -> Bool {
        expect.isEmpty || expects(name) || startsAfter(name)
    }

    /// Whether the event is about the right things.
    public func covers(_ event: Event) -> Bool {
        match.includes([event.resource]) && matchRelated.allSatisfy { $0.includes(event.related) }
    }

    func expects(_ name: String) -> Bool {
        expect.isEmpty || expect.contains { LabelPattern($0).holds(for: name) }
    }

    func startsAfter(_ name: String) -> Bool { after.contains { LabelPattern($0).holds(for: name) } }

    /// What sets the event apart from others: the values of `forEach`, in the order of these labels.
    public func key(of event: Event) -> [String] { forEach.sorted().map { event.label($0) ?? "" } }

    /// The values in a key by their labels.
    public func labels(of key: [String]) -> [String: String] {
        Dictionary(zip(forEach.sorted(), key), uniquingKeysWith: { first, _ in first })
    }

    private var isImmediate: Bool { posture == .reactive && within == .zero }

    private func meets(_ count: Int) -> Bool {
        posture == .reactive ? count >= threshold : count < threshold
    }
}

/// What a trigger has counted in a stretch of time.
public struct TriggerBucket: Sendable, Hashable {
    public var start: Timestamp
    public var end: Timestamp
    public var count: Int
    public var lastEvent: Event?

    public init(start: Timestamp, end: Timestamp, count: Int = 0, lastEvent: Event? = nil) {
        self.start = start
        self.end = end
        self.count = count
        self.lastEvent = lastEvent
    }
}

/// What comes of looking at a bucket.
public struct TriggerOutcome: Sendable, Hashable {
    /// What it counts in from now on; nothing if that begins with an event.
    public var bucket: TriggerBucket?
    public var fires = false
    /// The event that made it fire, or the last one before those that did not come.
    public var event: Event?
}

extension EventTrigger {
    /// The first stretch of time of a trigger that fires when nothing happens, from `now` on; nothing for one that
    /// begins with an event.
    public func standingBucket(from now: Timestamp) -> TriggerBucket? {
        guard posture == .proactive, forEach.isEmpty, after.isEmpty else { return nil }
        return TriggerBucket(start: now, end: now + within)
    }

    /// Counts an event that the trigger covers. The rules are those of Prefect's server: one stretch of time is open at
    /// once; who reacts fires as soon as the threshold is met and waits for the rest of the stretch; who misses events
    /// fires when it is over.
    public func count(_ event: Event, in bucket: TriggerBucket?) -> TriggerOutcome {
        let isExpected = expects(event.name)
        var bucket = bucket
        if startsAfter(event.name) {
            bucket?.lastEvent = event
            // One that is both the beginning and expected is not counted in the stretch that it begins.
            bucket =
                bucket
                ?? TriggerBucket(
                    start: event.occurred, end: event.occurred + within, count: isExpected ? -1 : 0, lastEvent: event)
        } else if after.isEmpty, isExpected {
            bucket?.lastEvent = event
            // It begins in the past: events that occurred at the same time come in any order.
            bucket =
                bucket
                ?? TriggerBucket(
                    start: event.occurred - Self.lookback, end: event.occurred + within, lastEvent: event)
        }
        guard isExpected, let bucket else { return TriggerOutcome(bucket: bucket) }
        return evaluate(bucket, at: event.occurred, event)
    }

    /// Looks at a bucket when no event has come.
    public func check(_ bucket: TriggerBucket, at now: Timestamp) -> TriggerOutcome { evaluate(bucket, at: now, nil) }

    private func evaluate(_ bucket: TriggerBucket, at now: Timestamp, _ event: Event?) -> TriggerOutcome {
        // It has fired since.
        guard now >= bucket.start else { return TriggerOutcome(bucket: bucket) }
        var bucket = bucket
        var unspent = event == nil ? 0 : 1
        if unspent > 0, isImmediate || now < bucket.end {
            bucket.count += 1
            bucket.lastEvent = event
            unspent = 0
        }
        let isMet = meets(bucket.count)
        if isMet, posture == .reactive || bucket.end <= now {
            return TriggerOutcome(
                bucket: following(bucket, at: now, count: unspent), fires: true, event: event ?? bucket.lastEvent)
        }
        if now < bucket.end {
            // A sign of life: the wait for the next one begins.
            if let event, posture == .proactive, !isMet, startsAfter(event.name) {
                bucket = TriggerBucket(start: event.occurred, end: event.occurred + within, lastEvent: event)
            }
            return TriggerOutcome(bucket: bucket)
        }
        if within == .zero, after.isEmpty { return TriggerOutcome(bucket: bucket) }
        guard unspent > 0, posture == .reactive, after.isEmpty else {
            return TriggerOutcome(bucket: following(bucket, at: now, count: unspent))
        }
        let start = max(bucket.end, now)
        return evaluate(TriggerBucket(start: start, end: start + within), at: now, event)
    }

    private func following(_ bucket: TriggerBucket, at now: Timestamp, count: Int) -> TriggerBucket? {
        guard after.isEmpty, within > .zero else { return nil }
        let start = max(bucket.end, now)
        return TriggerBucket(start: start, end: start + within, count: count)
    }
}

extension Event {
    /// The value of a label of what the event is about; `related:ROLE:LABEL` for that of something that it has to do with.
    func label(_ label: String) -> String? {
        guard label.hasPrefix("related:") else { return resource[label] }
        let rest = label.dropFirst("related:".count)
        guard let colon = rest.lastIndex(of: ":") else { return resource[label] }
        return related(inRole: String(rest[..<colon]))?[String(rest[rest.index(after: colon)...])]
    }
}
