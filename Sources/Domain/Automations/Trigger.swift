/// When an automation is to act.
public indirect enum Trigger: Sendable, Hashable {
    /// When events of some kind happen, or do not.
    case event(EventTrigger)
    /// When several other triggers have fired.
    case composite(CompositeTrigger)

    public var id: ID<Trigger> {
        switch self {
        case .event(let trigger): trigger.id
        case .composite(let trigger): trigger.id
        }
    }

    /// What Prefect calls its type.
    public var type: String {
        switch self {
        case .event: "event"
        case .composite(let trigger): trigger.kind.rawValue
        }
    }

    public var posture: EventTrigger.Posture? {
        guard case .event(let trigger) = self else { return nil }
        return trigger.posture
    }

    /// The triggers that look at events, each below the composite ones that it counts for, the outermost first.
    public var leaves: [(trigger: EventTrigger, parents: [CompositeTrigger])] {
        switch self {
        case .event(let trigger): [(trigger, [])]
        case .composite(let trigger):
            trigger.triggers.flatMap(\.leaves).map { ($0.trigger, [trigger] + $0.parents) }
        }
    }

    /// The same with ids of their own: what clients say of them is not kept.
    public func renamed(_ newID: () -> ID<Trigger>) -> Trigger {
        switch self {
        case .event(var trigger):
            trigger.id = newID()
            return .event(trigger)
        case .composite(var trigger):
            trigger.id = newID()
            trigger.triggers = trigger.triggers.map { $0.renamed(newID) }
            return .composite(trigger)
        }
    }
}

/// A trigger that fires when enough of its own triggers have, within a time.
public struct CompositeTrigger: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// In any order.
        case compound
        /// In the order in which they stand.
        case sequence
    }

    /// How many of a compound trigger's own triggers must have fired.
    public enum Requirement: Sendable, Hashable {
        case any, all
        case count(Int)
    }

    public internal(set) var id: ID<Trigger>
    public let kind: Kind
    public internal(set) var triggers: [Trigger]
    /// How old the firing of one may be when the last one fires; nothing for as old as it likes.
    public let within: Duration?
    public let require: Requirement

    public init(
        id: ID<Trigger>, kind: Kind, triggers: [Trigger], within: Duration? = nil, require: Requirement = .all
    ) {
        self.id = id
        self.kind = kind
        self.triggers = triggers
        self.within = within
        self.require = require
    }

    /// How many firings it takes.
    public var firingsNeeded: Int {
        switch (kind, require) {
        case (.compound, .any): 1
        case (.compound, .count(let count)): count
        case (.compound, .all), (.sequence, _): triggers.count
        }
    }

    /// Whether it fires now.
    ///
    /// - Parameter fired: the last firing of each of its triggers that has fired.
    public func isReady(after fired: [ID<Trigger>: Timestamp]) -> Bool {
        switch kind {
        case .compound: return fired.count >= firingsNeeded
        case .sequence:
            let times = triggers.compactMap { fired[$0.id] }
            return times.count == triggers.count && zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }
        }
    }
}
