import Domain
import Storage

/// What is left of the limits while runs are granted in one transaction: counted when it is first asked for, then kept
/// along.
struct Allowance {
    /// What a limit is on.
    enum Scope: Hashable {
        case deployment(ID<Deployment>)
        case batch(ID<Batch>)
        case queue(ID<WorkQueue>)
        case pool(ID<WorkPool>)
        case tag(String)
    }

    /// A rate, what is left of it, and how many may start.
    private struct Rate {
        let scope: RateScope
        let limit: RateLimit
        var bucket: RateBucket
        var free: Int
        var isUsed = false
    }

    private struct Gauge {
        var room: Room
        var rate: Rate?
        var free: Int { min(room.free, rate?.free ?? .max) }
    }

    private let store: Store
    /// On the clock that leases are counted by.
    private let now: Timestamp
    private var gauges: [Scope: Gauge] = [:]
    /// When a rate lets the next run start that kept one back, and where that waits.
    private(set) var openings: [ID<WorkQueue>: Timestamp] = [:]

    init(_ store: Store, at now: Timestamp) {
        self.store = store
        self.now = now
    }

    /// Whether there is a limit to heed.
    static func isLimited(_ limit: Int?, _ rate: RateLimit?) -> Bool { limit != nil || rate != nil }

    /// Counts what is left of the limits on `scope`, the first time.
    mutating func measure(_ scope: Scope, limit: Int?, rate: (RateScope, RateLimit)?, occupied: () throws -> Int) throws
    {
        guard gauges[scope] == nil else { return }
        gauges[scope] = Gauge(
            room: try Room(limit: limit, occupied: occupied), rate: try rate.map { try self.rate($0.0, $0.1) })
    }

    private func rate(_ scope: RateScope, _ limit: RateLimit) throws -> Rate {
        var (bucket, isNew) = try store.bucket(of: limit, scope, at: now)
        if isNew { try store.put(bucket, of: limit, scope) }
        let free = bucket.free(under: limit, at: now)
        return Rate(scope: scope, limit: limit, bucket: bucket, free: free)
    }

    /// How many runs may be granted that count for all of `scopes`. If a rate keeps them back, it is known from then on
    /// when it lets the next start.
    mutating func free(_ scopes: [Scope], in queue: ID<WorkQueue>) -> Int {
        var free = Int.max
        for scope in scopes {
            guard let gauge = gauges[scope] else { continue }
            free = min(free, gauge.free)
            guard let rate = gauge.rate, rate.free == 0 else { continue }
            let next = rate.bucket.next(under: rate.limit)
            openings[queue] = min(openings[queue] ?? next, next)
        }
        return free
    }

    /// A run that counts for `scopes` has been granted.
    mutating func take(_ scopes: [Scope]) {
        for scope in scopes {
            gauges[scope]?.room.take()
            guard var rate = gauges[scope]?.rate else { continue }
            rate.bucket.take(1, under: rate.limit)
            rate.free -= 1
            rate.isUsed = true
            gauges[scope]?.rate = rate
        }
    }

    /// Stores what is left of the rates that were used.
    func settle() throws {
        for gauge in gauges.values {
            guard let rate = gauge.rate, rate.isUsed else { continue }
            try store.put(rate.bucket, of: rate.limit, rate.scope)
        }
    }
}
