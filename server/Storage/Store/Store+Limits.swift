public import Domain

extension Store {
    private static let limitColumns = "id, name, slots, is_active, decay, mean_occupancy, created, updated"

    /// The limits that have rows of their own, and those that are parts of deployments.
    private static let allLimits = """
        (SELECT \(limitColumns) FROM concurrency_limit
            UNION ALL
            SELECT id, '\(ConcurrencyLimit.deploymentPrefix)' || id, concurrency_limit, TRUE, 0.0, 2000000, created,
                updated
            FROM deployment WHERE concurrency_limit IS NOT NULL) AS known_limit
        """

    private static func limit(_ reader: inout RowReader) throws(StorageError) -> ConcurrencyLimit {
        ConcurrencyLimit(
            id: try reader.id(), name: try reader.text(), slots: try reader.int(), isActive: try reader.flag(),
            decay: try reader.real(), meanOccupancy: try reader.span(), created: try reader.time(),
            updated: try reader.time())
    }

    /// The limit of that id: one that clients made, or that of the deployment of that id.
    public func limit(_ id: ID<ConcurrencyLimit>) throws(StorageError) -> ConcurrencyLimit? {
        let found = try rows("SELECT \(Self.limitColumns) FROM concurrency_limit WHERE id = $1", .id(id))
        if let limit = try found.decoded(Self.limit).first { return limit }
        guard let deployment = try deployment(id.cast()) else { return nil }
        return ConcurrencyLimit(of: deployment)
    }

    /// The limit of that name, be it a deployment's.
    public func limit(named name: String) throws(StorageError) -> ConcurrencyLimit? {
        let found = try rows("SELECT \(Self.limitColumns) FROM concurrency_limit WHERE name = $1", .text(name))
        if let limit = try found.decoded(Self.limit).first { return limit }
        guard let id = ConcurrencyLimit.deployment(inName: name), let deployment = try deployment(id) else {
            return nil
        }
        return ConcurrencyLimit(of: deployment)
    }

    /// Those of the limits that exist, by their names.
    public func limits(named names: [String]) throws(StorageError) -> [ConcurrencyLimit] {
        var limits: [ConcurrencyLimit] = []
        for name in Set(names).sorted() {
            if let limit = try limit(named: name) { limits.append(limit) }
        }
        return limits
    }

    /// Those of the tags that there is a limit on, active or not, in order.
    public func limitedTags(among tags: [String]) throws(StorageError) -> [String] {
        guard !tags.isEmpty else { return [] }
        let names = Set(tags).sorted().map { SQLValue.text(ConcurrencyLimit.name(ofTag: $0)) }
        return try connection.run(
            "SELECT name FROM concurrency_limit WHERE name IN (\(placeholders(names.count))) ORDER BY name", names
        ).decoded { reader throws(StorageError) in
            String(try reader.text().dropFirst(ConcurrencyLimit.tagPrefix.count))
        }
    }

    /// All limits in the order of their names, or those whose names begin with `prefix`.
    public func limits(
        prefix: String = "", limit: Int = .max, offset: Int = 0
    ) throws(StorageError) -> [ConcurrencyLimit] {
        let query = Query(
            prefix.isEmpty ? .always : .hasPrefix("name", prefix), order: "name", limit: limit, offset: offset)
        return try select(Self.limitColumns, from: Self.allLimits, query).decoded(Self.limit)
    }

    /// Adds a limit.
    public func insert(_ limit: ConcurrencyLimit) throws(StorageError) {
        try execute(
            "INSERT INTO concurrency_limit (\(Self.limitColumns)) VALUES (\(placeholders(8)))",
            .id(limit.id), .text(limit.name), .int(limit.slots), .flag(limit.isActive), .real(limit.decay),
            .span(limit.meanOccupancy), .time(limit.created), .time(limit.updated))
    }

    /// Stores a limit as it is now.
    public func update(_ limit: ConcurrencyLimit) throws(StorageError) {
        try execute(
            """
            UPDATE concurrency_limit SET name = $1, slots = $2, is_active = $3, decay = $4, mean_occupancy = $5,
                updated = $6
            WHERE id = $7
            """,
            .text(limit.name), .int(limit.slots), .flag(limit.isActive), .real(limit.decay),
            .span(limit.meanOccupancy), .time(limit.updated), .id(limit.id))
    }

    /// Forgets a limit. Leases on it go on until they are given back or end.
    public func deleteLimit(_ id: ID<ConcurrencyLimit>) throws(StorageError) {
        try deleteHolds(ofDeletedLimit: id)
        try execute("DELETE FROM concurrency_limit WHERE id = $1", .id(id))
    }
}
