import Domain
import Storage
import Synchronization

/// The triggers that look at events, found by the names of events.
struct TriggerIndex: Sendable {
    /// A trigger that looks at events, where it stands.
    struct Leaf: Sendable {
        let automation: Automation
        let trigger: EventTrigger
        /// The composite triggers that it counts for, the outermost first.
        let parents: [CompositeTrigger]
    }

    private let byID: [ID<Trigger>: Leaf]
    private let leaves: [Leaf]
    /// What has been found by name. Names are few; somebody who makes up many of them gets no more than this many remembered.
    private var byName: [String: [Leaf]] = [:]
    private static let mostNames = 1000

    /// - Parameter automations: those that are enabled.
    init(_ automations: [Automation]) {
        leaves = automations.flatMap { automation in
            automation.trigger.leaves.map {
                Leaf(automation: automation, trigger: $0.trigger, parents: $0.parents)
            }
        }
        byID = Dictionary(leaves.map { ($0.trigger.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var isEmpty: Bool { leaves.isEmpty }

    func leaf(_ id: ID<Trigger>) -> Leaf? { byID[id] }

    /// The triggers that have to do with events of that name.
    mutating func leaves(interestedIn name: String) -> [Leaf] {
        if let known = byName[name] { return known }
        let found = leaves.filter { $0.trigger.isInterested(inEventNamed: name) }
        if byName.count >= Self.mostNames { byName = [:] }
        byName[name] = found
        return found
    }
}

/// The triggers of all automations, kept until an automation changes. Most servers have none: then a look costs nothing.
final class AutomationBook: Sendable {
    private let index = Mutex<TriggerIndex?>(nil)

    /// Forgets what is known: it has changed, or a change of it was not kept.
    func reset() { index.withLock { $0 = nil } }

    /// Whether there is nothing to look for, as far as that is known.
    func isEmpty(in store: Store) throws -> Bool {
        // Asked by every transaction.
        if let known = index.withLock({ $0?.isEmpty }) { return known }
        return try withIndex(store) { $0.isEmpty }
    }

    func leaf(_ id: ID<Trigger>, in store: Store) throws -> TriggerIndex.Leaf? {
        try withIndex(store) { $0.leaf(id) }
    }

    /// The triggers that have to do with events of that name.
    func leaves(interestedIn name: String, in store: Store) throws -> [TriggerIndex.Leaf] {
        try withIndex(store) { $0.leaves(interestedIn: name) }
    }

    private func withIndex<Result: Sendable>(
        _ store: Store, _ body: (inout sending TriggerIndex) throws -> sending Result
    ) throws -> Result {
        let known = index.withLock { $0 }
        var index = try known ?? TriggerIndex(store.enabledAutomations())
        let result = try body(&index)
        let kept = index
        self.index.withLock { $0 = kept }
        return result
    }
}
