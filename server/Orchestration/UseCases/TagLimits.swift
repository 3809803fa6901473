public import Domain
import Storage

/// Limits on the task runs that bear a tag, as they are managed by the tag.
extension Orchestrator {
    /// Limits the task runs that bear a tag, or changes that limit.
    ///
    /// - Returns: the limit, and whether it was made.
    public func ensureLimit(onTag tag: String, slots: Int) async throws -> (limit: DescribedLimit, isNew: Bool) {
        try Limits.check(slots)
        let name = ConcurrencyLimit.name(ofTag: tag)
        return try await change { change in
            let existing = try change.store.limit(named: name)
            if let existing {
                var changes = LimitChanges()
                changes.slots = slots
                try change.updateLimit(existing, changes)
            } else {
                let limit = ConcurrencyLimit(
                    id: change.surroundings.newID(), name: name, slots: slots, created: change.now,
                    updated: change.now)
                try change.store.insert(limit)
                try change.happened("created", to: limit)
            }
            let limit = try change.store.limit(named: name).orNotFound("Concurrency limit", name)
            return (try change.store.describe(limit, change.limitDesk, at: change.leaseTime), existing == nil)
        }
    }

    /// Sets all slots of the limit on a tag free, but for those of these task runs, which hold one each from now on.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func resetLimit(onTag tag: String, holding runs: [ID<TaskRun>]) async throws {
        try await change { change in
            let limit = try change.store.limit(named: ConcurrencyLimit.name(ofTag: tag))
                .orNotFound("Concurrency limit", tag)
            try change.setTaken(of: limit, to: 0)
            for run in runs {
                try change.store.insert(
                    try change.newHold(
                        of: limit, 1, lease: change.surroundings.newID(), by: LimitHolder(.taskRun, run)))
            }
        }
    }

    /// Takes a slot of every limit on these tags for a task run that orchestrates itself.
    ///
    /// - Returns: what became of it, and the limits that there are on the tags.
    public func takeTagSlots(
        _ tags: [String], for run: ID<TaskRun>
    ) async throws -> (answer: TagSlotAnswer, limits: [ConcurrencyLimit]) {
        try await change { change in
            let limits = try change.store.limits(named: tags.map { ConcurrencyLimit.name(ofTag: $0) })
            return (try change.takeTagSlots(tags, for: run), limits.filter(\.isActive))
        }
    }

    /// Gives back the slots that a task run holds of the limits on these tags.
    ///
    /// - Returns: the limits that there are on the tags.
    public func releaseTagSlots(
        _ tags: [String], of run: ID<TaskRun>
    ) async throws -> [ConcurrencyLimit] {
        try await change { change in
            let limits = try change.store.limits(named: tags.map { ConcurrencyLimit.name(ofTag: $0) })
            let ids = Set(limits.map(\.id))
            let holder = LimitHolder(.taskRun, run)
            for hold in try change.store.holds(of: holder, at: change.leaseTime) where ids.contains(hold.limitID) {
                try change.release(hold)
            }
            return limits
        }
    }
}
