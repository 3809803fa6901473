public import Domain
import JSON
import Storage

/// Makes the runs of schedules ahead of their time. A schedule is looked at when it needs runs, and costs nothing until
/// then. Times that passed while nobody was there to make their runs are made up for as the schedule's policy says, and
/// not at all where it has none.
public struct ScheduleExpander: Loop {
    /// How many schedules are looked at together.
    private static let page = 100

    private let orchestrator: Orchestrator

    public init(_ orchestrator: Orchestrator) { self.orchestrator = orchestrator }

    public var name: String { "schedule-expander" }

    /// - Returns: the time until the next schedule needs runs. What becomes of a schedule that is changed is told by
    ///   `Notice.schedulesChanged`.
    public func tick(at now: Timestamp) async throws -> Duration {
        while true {
            let pending = try await orchestrator.database.read { try $0.pendingExpansions(at: now, limit: Self.page) }
            for plans in plans(for: pending, at: now) {
                try await orchestrator.change { change in
                    for plan in plans { try change.carryOut(plan) }
                }
            }
            guard pending.count == Self.page else { break }
        }
        guard let next = try await orchestrator.database.read({ try $0.nextExpansion() }) else { return .seconds(60) }
        return min(max(next - now, .zero), .seconds(60))
    }

    /// What is to be made, in portions for one transaction each. It is worked out aside from the writer: some rules take
    /// their time.
    private func plans(for pending: [PendingExpansion], at now: Timestamp) -> [[ExpansionPlan]] {
        var portions: [[ExpansionPlan]] = []
        var runs = 0
        for pending in pending {
            let plan = plan(for: pending, at: now)
            if portions.isEmpty || runs + plan.fires.count > Orchestrator.expansionChunk {
                portions.append([])
                runs = 0
            }
            portions[portions.count - 1].append(plan)
            runs += plan.fires.count
        }
        return portions
    }

    private func plan(for pending: PendingExpansion, at now: Timestamp) -> ExpansionPlan {
        let schedule = pending.schedule
        guard let zone = orchestrator.surroundings.timeZones.zone(named: schedule.schedule.zoneName) else {
            // The host has lost the zone's data: nothing can be said until it has them again.
            return ExpansionPlan(pending: pending, fires: [], next: now + .seconds(3600))
        }
        let catchUp = pending.expandedUntil.map {
            CatchUp(schedule, after: $0, at: now, most: Orchestrator.expansionChunk, in: zone)
        }
        if let catchUp, !catchUp.isComplete {
            return ExpansionPlan(pending: pending, catchUp: catchUp, fires: [], next: now)
        }
        let expansion = schedule.expansion(at: now, in: zone)
        let fires = expansion.fires.filter { fire in pending.expandedUntil.map { fire > $0 } ?? true }
        return ExpansionPlan(pending: pending, catchUp: catchUp, fires: fires, next: expansion.nextDue)
    }
}

/// Runs that a schedule is to be given.
private struct ExpansionPlan: Sendable {
    let pending: PendingExpansion
    /// The times that passed before anybody looked.
    var catchUp: CatchUp?
    let fires: [Timestamp]
    let next: Timestamp
}

extension Change {
    /// Makes the runs, unless the schedule or its deployment was changed since: then it is due again.
    fileprivate mutating func carryOut(_ plan: ExpansionPlan) throws {
        let pending = plan.pending
        let end = plan.fires.last ?? plan.catchUp?.end ?? pending.expandedUntil
        guard try store.settle(pending, until: end, next: plan.next) else { return }
        if let catchUp = plan.catchUp { try carryOut(catchUp, of: pending.schedule) }
        try makeRuns(of: pending.schedule, for: plan.fires)
    }

    private mutating func carryOut(_ catchUp: CatchUp, of schedule: DeploymentSchedule) throws {
        if catchUp.skipped > 0, let deployment = try store.deployment(schedule.deploymentID) {
            try happened(
                "prefect.deployment.runs-missed",
                to: EventResource(.deployment, "\(deployment.id)", name: deployment.name),
                payload: [
                    "schedule": schedule.slug?.json ?? schedule.id.json, "missed": schedule.missed.json,
                    "skipped": catchUp.skipped.json, "first": catchUp.firstSkipped.json,
                    "last": catchUp.lastSkipped.json,
                ])
        }
        // One by one: others may lie between them.
        for fire in catchUp.fires { try makeRuns(of: schedule, for: CollectionOfOne(fire)) }
        // They are due already. Of many, the rest is for the waker, which nothing else would wake.
        if !catchUp.fires.isEmpty, try judgeDueFires() == Self.judgedAtOnce { tell(.dueLater(now)) }
    }
}
