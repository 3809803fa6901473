public import Domain

/// What is left of the rates at which runs start. A row changes in the transaction that grants what it counts.
extension Store {
    /// What is left of a rate. Of one that nothing has started under yet all is there; of one that has become another,
    /// nothing, so that neither is exceeded.
    ///
    /// - Returns: what is left, and whether that has to be stored, since the time counts from now on.
    public func bucket(
        of limit: RateLimit, _ scope: RateScope, at now: Timestamp
    ) throws(StorageError) -> (bucket: RateBucket, isNew: Bool) {
        let stored = try rows("SELECT rate_limit, units, time FROM rate_bucket WHERE scope = $1", .text(scope.key))
            .decoded { reader throws(StorageError) in
                (try reader.text(), RateBucket(units: Int64(try reader.int()), time: try reader.time()))
            }.first
        guard let (text, bucket) = stored else { return (.full(limit, at: now), false) }
        return text == limit.description ? (bucket, false) : (.empty(at: now), true)
    }

    /// Stores what is left of a rate.
    public func put(_ bucket: RateBucket, of limit: RateLimit, _ scope: RateScope) throws(StorageError) {
        try execute(
            """
            INSERT INTO rate_bucket (scope, rate_limit, units, time) VALUES (\(placeholders(4)))
            ON CONFLICT (scope) DO UPDATE SET rate_limit = $2, units = $3, time = $4
            """, .text(scope.key), .text(limit.description), .integer(bucket.units), .time(bucket.time))
    }

    /// Forgets what is left of the rate of something that is deleted.
    func deleteBucket(_ scope: RateScope) throws(StorageError) {
        try execute("DELETE FROM rate_bucket WHERE scope = $1", .text(scope.key))
    }
}

/// What has a rate of its own.
public enum RateScope: Sendable, Hashable {
    case deployment(ID<Deployment>)
    case queue(ID<WorkQueue>)
    case pool(ID<WorkPool>)

    var key: String {
        switch self {
        case .deployment(let id): "deployment:\(id)"
        case .queue(let id): "queue:\(id)"
        case .pool(let id): "pool:\(id)"
        }
    }
}
