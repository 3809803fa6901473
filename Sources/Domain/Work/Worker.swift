/// One of Prefect's own workers: a process that asks for the runs of a pool over REST and executes them. It is known by
/// its name in the pool.
public struct Worker: Sendable, Hashable {
    public let id: ID<Worker>
    public let poolID: ID<WorkPool>
    public let name: String
    /// How often it is to be heard of, if it has said so.
    public var heartbeatInterval: Duration?
    public var lastHeartbeat: Timestamp
    public let created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<Worker>, poolID: ID<WorkPool>, name: String, heartbeatInterval: Duration?, lastHeartbeat: Timestamp,
        created: Timestamp, updated: Timestamp
    ) {
        self.id = id
        self.poolID = poolID
        self.name = name
        self.heartbeatInterval = heartbeatInterval
        self.lastHeartbeat = lastHeartbeat
        self.created = created
        self.updated = updated
    }

    /// The interval of a worker that has said none.
    public static let standardInterval: Duration = .seconds(30)

    /// How many heartbeats it may miss, as with Prefect.
    public static let missedHeartbeats = 3

    /// How long it may be silent.
    public var silenceLimit: Duration { (heartbeatInterval ?? Self.standardInterval) * Self.missedHeartbeats }

    /// Whether it is there, as far as can be told at `now`.
    public func isOnline(at now: Timestamp) -> Bool { now - lastHeartbeat <= silenceLimit }
}

/// How long after it was last asked for work a queue, or a deployment, counts as served: as with Prefect.
public enum Polling {
    public static let silenceLimit: Duration = .seconds(60)

    /// Whether somebody who asked for work at `time` is still expected to be there.
    public static func isRecent(_ time: Timestamp?, at now: Timestamp) -> Bool {
        time.map { now - $0 <= silenceLimit } ?? false
    }
}

/// Signs of life of a run whose process nobody holds a lease for: the events that the process sends by itself.
public enum RunHeartbeat {
    /// How often Prefect's client sends one unless it is told otherwise. That it is more often, nobody relies on: what
    /// was held up comes in a row, and a process that begins anew says so at once.
    public static let standardInterval: Duration = .seconds(180)
    /// How many may be missed.
    public static let missedOnes = 3

    /// The time between two of them, as seen; that before the first is not known.
    public static func interval(from last: Timestamp?, to now: Timestamp) -> Duration {
        last.map { max(now - $0, standardInterval) } ?? standardInterval
    }
}
