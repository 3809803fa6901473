public import Domain

/// Who holds slots of concurrency limits. What is occupied is always counted from these rows.
extension Store {
    private static let holdColumns = """
        lease_id, limit_id, slots, holder_kind, holder_id, granted, lease_duration, expiry, drained
        """

    private static func hold(_ reader: inout RowReader) throws(StorageError) -> SlotHold {
        SlotHold(
            leaseID: try reader.id(), limitID: try reader.id(), slots: try reader.int(), holder: try holder(&reader),
            granted: try reader.time(), leaseDuration: try reader.optionalInt64().map { .microseconds($0) },
            expiry: try reader.optionalTime(), drained: try reader.optionalTime())
    }

    private static func holder(_ reader: inout RowReader) throws(StorageError) -> LimitHolder? {
        let kind = try reader.optionalText().flatMap { LimitHolder.Kind(rawValue: $0) }
        let id: ID<LimitHolder>? = try reader.optionalID()
        guard let kind, let id else { return nil }
        return LimitHolder(kind, id)
    }

    // MARK: What is occupied

    /// How many slots of a limit are taken; a fraction where one is coming free by itself.
    public func taken(of limit: ConcurrencyLimit, at now: Timestamp) throws(StorageError) -> Double {
        if let deployment = limit.deploymentID { return Double(try occupancy(of: deployment)) }
        return try rows(
            """
            SELECT coalesce(sum(CASE
                WHEN drained IS NULL OR CAST($1 AS DOUBLE PRECISION) = 0 THEN CAST(slots AS DOUBLE PRECISION)
                WHEN (drained - $2) * CAST($1 AS DOUBLE PRECISION) / 1000000 < slots
                    THEN (drained - $2) * CAST($1 AS DOUBLE PRECISION) / 1000000
                ELSE slots END), 0)
            FROM concurrency_hold
            WHERE limit_id = $3 AND (expiry IS NULL OR expiry > $2) AND (drained IS NULL OR drained > $2)
            """, .real(limit.decay), .time(now), .id(limit.id)
        ).decoded { reader throws(StorageError) in try reader.real() }.first ?? 0
    }

    /// The holds of a limit that have not ended, the earliest first.
    public func holds(of limit: ID<ConcurrencyLimit>, at now: Timestamp) throws(StorageError) -> [SlotHold] {
        try rows(
            """
            SELECT \(Self.holdColumns) FROM concurrency_hold
            WHERE limit_id = $1 AND (expiry IS NULL OR expiry > $2) ORDER BY granted, lease_id
            """, .id(limit), .time(now)
        ).decoded(Self.hold)
    }

    /// The holds that somebody has of any limits, and that have not ended.
    public func holds(of holder: LimitHolder, at now: Timestamp) throws(StorageError) -> [SlotHold] {
        try rows(
            """
            SELECT \(Self.holdColumns) FROM concurrency_hold
            WHERE holder_id = $1 AND holder_kind = $2 AND (expiry IS NULL OR expiry > $3) ORDER BY granted, lease_id
            """, .id(holder.id), .text(holder.kind.rawValue), .time(now)
        ).decoded(Self.hold)
    }

    /// The holds of a lease, be it over or not.
    public func holds(ofLease lease: ID<SlotHold>) throws(StorageError) -> [SlotHold] {
        try rows("SELECT \(Self.holdColumns) FROM concurrency_hold WHERE lease_id = $1", .id(lease))
            .decoded(Self.hold)
    }

    /// When the slots of a limit that decays will all have come free.
    public func lastDrained(of limit: ID<ConcurrencyLimit>) throws(StorageError) -> Timestamp? {
        try rows("SELECT max(drained) FROM concurrency_hold WHERE limit_id = $1", .id(limit))
            .decoded { reader throws(StorageError) in try reader.optionalTime() }.first ?? nil
    }

    /// When the next hold ends unless it is renewed.
    public func nextHoldExpiry() throws(StorageError) -> Timestamp? {
        try rows("SELECT min(expiry) FROM concurrency_hold WHERE expiry IS NOT NULL")
            .decoded { reader throws(StorageError) in try reader.optionalTime() }.first ?? nil
    }

    // MARK: Changes

    /// Adds a hold.
    public func insert(_ hold: SlotHold) throws(StorageError) {
        try execute(
            "INSERT INTO concurrency_hold (\(Self.holdColumns)) VALUES (\(placeholders(9)))",
            .id(hold.leaseID), .id(hold.limitID), .int(hold.slots), .text(hold.holder?.kind.rawValue),
            .id(hold.holder?.id), .time(hold.granted), .span(hold.leaseDuration), .time(hold.expiry),
            .time(hold.drained))
    }

    /// Stores how many slots a hold has, and when it ends.
    public func update(_ hold: SlotHold) throws(StorageError) {
        try execute(
            """
            UPDATE concurrency_hold SET slots = $1, expiry = $2, drained = $3 WHERE limit_id = $4 AND lease_id = $5
            """, .int(hold.slots), .time(hold.expiry), .time(hold.drained), .id(hold.limitID), .id(hold.leaseID))
    }

    /// Moves the end of a lease that is not over.
    ///
    /// - Returns: whether there is such a lease.
    public func renewHolds(
        ofLease lease: ID<SlotHold>, for duration: Duration, at now: Timestamp
    ) throws(StorageError) -> Bool {
        let renewed = try rows(
            """
            UPDATE concurrency_hold SET expiry = $1, lease_duration = $2
            WHERE lease_id = $3 AND lease_duration IS NOT NULL AND expiry > $4 RETURNING 1
            """, .time(now + duration), .span(duration), .id(lease), .time(now))
        return !renewed.isEmpty
    }

    /// Gives every lease on slots its whole length from `now` on.
    public func renewAllHolds(at now: Timestamp) throws(StorageError) {
        try execute(
            """
            UPDATE concurrency_hold SET expiry = $1 + lease_duration
            WHERE lease_duration IS NOT NULL AND expiry < $1 + lease_duration
            """, .time(now))
    }

    /// Ends a hold.
    public func delete(_ hold: SlotHold) throws(StorageError) {
        try execute(
            "DELETE FROM concurrency_hold WHERE limit_id = $1 AND lease_id = $2", .id(hold.limitID), .id(hold.leaseID))
    }

    /// Ends the holds that are over: `limit` at most.
    ///
    /// - Returns: the limits that they were of.
    public func deleteHolds(endedBy now: Timestamp, limit: Int) throws(StorageError) -> [ID<ConcurrencyLimit>] {
        try rows(
            """
            DELETE FROM concurrency_hold WHERE (limit_id, lease_id) IN (
                SELECT limit_id, lease_id FROM concurrency_hold WHERE expiry <= $1 ORDER BY expiry LIMIT $2)
            RETURNING limit_id
            """, .time(now), .int(limit)
        ).decoded { reader throws(StorageError) in try reader.id() }
    }

    /// Ends what nobody is going to give back of a limit that is about to be deleted.
    func deleteHolds(ofDeletedLimit id: ID<ConcurrencyLimit>) throws(StorageError) {
        try execute("DELETE FROM concurrency_hold WHERE limit_id = $1 AND lease_duration IS NULL", .id(id))
    }
}
