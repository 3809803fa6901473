public import Domain
import Storage

extension Orchestrator {
    /// Gives back what is held under a lease. One that is over, or never was, has nothing to give back.
    public func releaseSlots(lease: ID<SlotHold>) async throws {
        try await change { change in
            for hold in try change.store.holds(ofLease: lease) { try change.release(hold) }
        }
    }

    /// Gives back slots that were taken without a lease. Those that others hold under leases are not touched.
    ///
    /// - Parameters:
    ///   - slots: how many of each limit; if fewer are taken, all of them.
    ///   - occupancy: how long they were held, if that is said.
    /// - Returns: the limits of those names.
    public func releaseSlots(
        _ slots: Int, ofLimitsNamed names: [String], occupancy: Duration? = nil
    ) async throws -> [ConcurrencyLimit] {
        try await change { change in
            let limits = try change.store.limits(named: names)
            for limit in limits {
                let anonymous = try change.store.holds(of: limit.id, at: change.leaseTime)
                    .filter { $0.leaseDuration == nil && $0.holder == nil }
                try change.free(slots, of: limit, from: anonymous)
                if let occupancy { try change.noteOccupancy(occupancy, slots: slots, of: limit) }
                try change.noteRoom(in: limit.id)
            }
            return limits
        }
    }

    /// Renews a lease on slots: it lasts for `duration` from now on. A run that holds a slot of its deployment holds it
    /// under its own name, for as long as it executes.
    ///
    /// - Throws: `OrchestrationError.gone` when it is over.
    public func renewSlots(lease: ID<SlotHold>, for duration: Duration) async throws {
        try await change { change in
            if try change.store.renewHolds(ofLease: lease, for: duration, at: change.leaseTime) { return }
            guard try change.renewHold(of: lease.cast()) else {
                throw OrchestrationError.gone("Lease not found - it may have expired or been revoked")
            }
        }
    }
}

extension Change {
    /// Gives back all that somebody holds of any limits, whatever it was taken with.
    mutating func releaseSlots(of holder: LimitHolder) throws {
        for hold in try store.holds(of: holder, at: leaseTime) { try release(hold) }
    }

    /// Ends a hold whose slots were held until now.
    mutating func release(_ hold: SlotHold) throws {
        try store.delete(hold)
        if hold.slots > 0, let limit = try store.limit(hold.limitID) {
            try noteOccupancy(leaseTime - hold.granted, slots: hold.slots, of: limit)
        }
        try noteRoom(in: hold.limitID)
    }

    /// Takes slots away from holds, those of the last ones first. A hold that somebody renews is left, with fewer slots.
    func free(_ slots: Int, of limit: ConcurrencyLimit, from holds: [SlotHold]) throws {
        var left = slots
        for var hold in holds.reversed() where left > 0 {
            let freed = min(left, hold.slots)
            left -= freed
            hold.slots -= freed
            if limit.decays, let end = hold.drained {
                hold.drained = max(end - Draining.time(for: Double(freed), decay: limit.decay), leaseTime)
                if hold.leaseDuration == nil { hold.expiry = hold.drained }
            }
            if hold.slots == 0, hold.leaseDuration == nil {
                try store.delete(hold)
            } else {
                try store.update(hold)
            }
        }
    }

    fileprivate func noteOccupancy(_ time: Duration, slots: Int, of limit: ConcurrencyLimit) throws {
        guard limit.deploymentID == nil else { return }
        var limit = limit
        limit.noteOccupancy(time, slots: slots)
        try store.update(limit)
    }

    /// Tells those who look for work that there may be room again for runs of a deployment, or with a tag.
    mutating func noteRoom(in limit: ID<ConcurrencyLimit>) throws {
        if try store.limit(limit)?.tag != nil { return noteReady(try store.queuesOfTaggedLanes()) }
        guard let queue = try store.deployment(limit.cast())?.queueID else { return }
        noteReady([queue])
    }
}
