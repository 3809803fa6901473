import Domain
import JSON
import Storage

/// Triggers look at events in the transaction that stores these: none is missed, none is counted twice, and what they
/// fire is on disk with its reason.
extension Change {
    /// How often a firing may be the reason of another firing in one transaction: automations that set off each other
    /// end here.
    private static let longestChain = 10
    /// The same for what is told of actions. Each may set off several.
    private static let deepestAction = 3

    /// Lets the triggers of automations look at what has happened here.
    mutating func evaluateTriggers(_ book: AutomationBook) throws {
        guard try !book.isEmpty(in: store), actionDepth < Self.deepestAction else { return }
        var next = 0
        var fired: Set<String> = []
        // Firings are told of as events, which others wait for: but for those that are among the reasons, or else a few
        // that wait for anything would set off each other more and more often.
        for round in 0..<Self.longestChain {
            let fresh = told(from: next)
            guard !fresh.isEmpty else { return }
            next += fresh.count
            if round > 0 { fired.formUnion(Self.firedAutomations(fresh)) }
            for event in try events(of: fresh, wantedBy: book) { try evaluate(event, book, sparing: fired) }
        }
    }

    /// The automations, as resources, that are told to have fired.
    private static func firedAutomations(_ notices: [Notice]) -> [String] {
        notices.flatMap { notice -> [String] in
            guard case .eventsTaken(let events) = notice else { return [] }
            return events.filter { $0.name == "prefect.automation.triggered" }.map(\.resource.id)
        }
    }

    private func events(of notices: [Notice], wantedBy book: AutomationBook) throws -> [Event] {
        var events: [Event] = []
        var runEvents: RunEvents?
        for notice in notices {
            switch notice {
            case .eventsTaken(let taken):
                events += try taken.filter { try !book.leaves(interestedIn: $0.name, in: store).isEmpty }
            case .runChanged(let change):
                let name = StateEventNames.name(of: change.state)
                guard try !book.leaves(interestedIn: name, in: store).isEmpty else { continue }
                var reader =
                    runEvents
                    ?? RunEvents(
                        store: store, describer: Describer(store: store, deployments: deployments, now: now))
                if let event = try reader.event(of: change.state, run: change.runID) { events.append(event) }
                runEvents = reader
            default: break
            }
        }
        return events
    }

    /// - Parameter fired: the automations, as resources, that are not to fire again.
    private mutating func evaluate(_ event: Event, _ book: AutomationBook, sparing fired: Set<String>) throws {
        for leaf in try book.leaves(interestedIn: event.name, in: store)
        where leaf.trigger.covers(event) && !event.isOwnDoing(of: leaf.automation)
            && !fired.contains("\(EventResourceKind.automation.prefix)\(leaf.automation.id)")
        {
            let key = leaf.trigger.key(of: event)
            let before = try store.bucket(of: leaf.trigger.id, key: key)
            try adopt(leaf.trigger.count(event, in: before), of: leaf, key: key, over: before)
        }
    }

    /// Looks at buckets whose time is over.
    mutating func check(_ closed: [StoredBucket], _ book: AutomationBook) throws {
        for closed in closed {
            // It may have been taken away since.
            guard
                let leaf = try book.leaf(closed.triggerID, in: store),
                let bucket = try store.bucket(of: closed.triggerID, key: closed.key), bucket.end <= now
            else { continue }
            try adopt(leaf.trigger.check(bucket, at: now), of: leaf, key: closed.key, over: bucket)
        }
    }

    private mutating func adopt(
        _ outcome: TriggerOutcome, of leaf: TriggerIndex.Leaf, key: [String], over before: TriggerBucket?
    ) throws {
        if outcome.bucket != before {
            try store.set(outcome.bucket, of: leaf.trigger, key: key, leaf.automation.id)
            if let end = outcome.bucket?.end, leaf.trigger.posture == .proactive { tell(.dueLater(end)) }
        }
        guard outcome.fires else { return }
        let firing = Firing(
            id: surroundings.newID(), triggerID: leaf.trigger.id, triggered: now, labels: leaf.trigger.labels(of: key),
            event: outcome.event)
        try fire(firing, under: leaf.parents[...], of: leaf.automation)
    }

    /// - Parameter parents: the composite triggers that it counts for, the outermost first.
    private mutating func fire(
        _ firing: Firing, under parents: ArraySlice<CompositeTrigger>, of automation: Automation
    ) throws {
        guard let parent = parents.last else { return try act(on: firing, automation) }
        var firings = [firing]
        if parent.firingsNeeded > 1 {
            if let within = parent.within { try store.forgetFirings(for: parent.id, before: now - within) }
            try store.note(firing, for: parent.id, automation.id)
            firings = try store.firings(for: parent.id)
            let times = Dictionary(
                firings.map { ($0.triggerID, $0.triggered) }, uniquingKeysWith: { first, _ in first })
            guard parent.isReady(after: times) else { return }
            try store.forgetFirings(for: parent.id)
        }
        let whole = Firing(
            id: surroundings.newID(), triggerID: parent.id, triggered: now, event: firing.event, firings: firings)
        try fire(whole, under: parents.dropLast(), of: automation)
    }

    /// Tells of the firing, and notes what is to be done.
    private mutating func act(on firing: Firing, _ automation: Automation) throws {
        let told = try happened(
            "prefect.automation.triggered", to: automation.resource(showingType: false),
            related: (firing.event?.id).map { [EventResource(.event, "\($0)", role: "triggering-event")] } ?? [],
            payload: ["triggering_labels": firing.labels.json, "triggering_event": firing.event.json])
        let wanted =
            automation.actions.map { ($0, firing.event) } + automation.actionsOnTrigger.map { ($0, told) }
        for (index, (action, event)) in wanted.enumerated() {
            try store.insert(
                TriggeredAction(
                    id: surroundings.newID(), automation: automation, firing: firing, event: event, action: action,
                    index: index, told: told.id, depth: actionDepth))
        }
        tell(.actionsTriggered)
    }
}

extension Event {
    /// Whether the event is what an automation does itself: it does not wait for that.
    fileprivate func isOwnDoing(of automation: Automation) -> Bool {
        (name == "prefect.automation.triggered" || name.hasPrefix("prefect.automation.action."))
            && resource.id == "\(EventResourceKind.automation.prefix)\(automation.id)"
    }
}

extension Automation {
    /// - Parameter showingType: whether the kind of its trigger is told.
    func resource(showingType: Bool) -> EventResource {
        var labels: JSONObject = [:]
        if showingType { labels["prefect.trigger-type"] = .string(trigger.type) }
        if let posture = trigger.posture { labels["prefect.posture"] = .string(posture.rawValue) }
        return EventResource(.automation, "\(id)", name: name, also: labels)
    }
}
