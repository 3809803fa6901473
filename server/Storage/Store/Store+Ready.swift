public import Domain
import JSON

/// Runs that share a queue, limits, a batch, and who may claim them. Those of one lane are ready, or blocked, together;
/// so whoever looks for work passes over what is blocked at no cost, and a full limit hides nothing behind it.
public struct Lane: Sendable, Hashable {
    /// Small and local to this database: it is in every row of the ready index.
    public let id: Int
    /// Nothing for the runs of a deployment that no pool serves: a flow that serves itself.
    public let queueID: ID<WorkQueue>?
    /// Set where the deployment says how many of its runs execute at once, how often they start or what they need, and
    /// where there is no queue.
    public let deploymentID: ID<Deployment>?
    public let batchID: ID<Batch>?
    /// The tags of its runs that there is a limit on, in order.
    public let tags: [String]
    /// How many runs of the batch may execute at once; nothing for any number.
    public let maximumConcurrent: Int?
}

/// A run that is ready, and its place in the order.
public struct ReadyRun: Sendable, Hashable {
    public let id: ID<FlowRun>
    /// The higher, the sooner.
    public let priority: Int
    public let due: Timestamp
}

extension ReadyRun: Comparable {
    /// What goes first: higher priority, then earlier due, then the earlier made.
    public static func < (left: ReadyRun, right: ReadyRun) -> Bool {
        (right.priority, left.due, left.id) < (left.priority, right.due, right.id)
    }
}

extension Store {
    /// The lane of such runs, made if there is none.
    ///
    /// - Parameters:
    ///   - deployment: only where it keeps its runs back itself, and where there is no queue.
    ///   - tags: those that there is a limit on, in order.
    ///   - isOpen: false while the batch is being submitted.
    public func lane(
        queue: ID<WorkQueue>?, deployment: ID<Deployment>?, batch: ID<Batch>?, claimants: Claimants,
        tags: [String] = [], isOpen: Bool = true
    ) throws(StorageError) -> Int {
        try lane(
            queue: queue, deployment: deployment, batch: batch, claimants: claimants.rawValue, tags: tags,
            isOpen: isOpen)
    }

    func lane(
        queue: ID<WorkQueue>?, deployment: ID<Deployment>?, batch: ID<Batch>?, claimants: String,
        tags: [String] = [], isOpen: Bool
    ) throws(StorageError) -> Int {
        let key: [SQLValue] = [
            .text(queue?.description ?? ""), .text(deployment?.description ?? ""), .text(batch?.description ?? ""),
            .text(claimants),
            .text(tags.isEmpty ? "" : JSONValue.array(tags.map { .string($0) }).serialized()),
        ]
        let found = try connection.run(Self.selectLane, key)
        if let id = try found.first?.count() { return id }
        return try connection.run(
            """
            INSERT INTO lane (id, queue_id, deployment_id, batch_id, claimants, tags, is_open)
            SELECT coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, \(isOpen ? "TRUE" : "FALSE") FROM lane
            RETURNING id
            """, key
        ).first?.count() ?? 0
    }

    private static let selectLane = """
        SELECT id FROM lane
        WHERE queue_id = $1 AND deployment_id = $2 AND batch_id = $3 AND claimants = $4 AND tags = $5
        """

    func openLane(_ id: Int) throws(StorageError) {
        try execute("UPDATE lane SET is_open = TRUE WHERE id = $1 AND is_open = FALSE", .int(id))
    }

    /// Says that a lane holds nothing that waits, if that is so; whatever comes to wait in it opens it again.
    public func closeLane(_ id: Int) throws(StorageError) {
        try execute(
            """
            UPDATE lane SET is_open = FALSE
            WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM run WHERE run.lane_id = $1 AND run.readiness = 1)
            """, .int(id))
    }

    /// A lane that may hold waiting runs, and the first that is ready, if one is.
    public typealias LaneFront = (lane: Lane, head: ReadyRun?)

    /// The lanes of a queue that may hold waiting runs which `claimants` may claim; not those of batches that are paused.
    public func openLanes(
        of queue: ID<WorkQueue>, for claimants: Claimants
    ) throws(StorageError) -> [LaneFront] {
        try rows(Self.selectLanesOfQueue, .id(queue), .text(claimants.rawValue)).decoded(Self.laneFront)
    }

    /// The same for a deployment that no pool serves.
    public func openLanes(serving deployment: ID<Deployment>) throws(StorageError) -> [LaneFront] {
        try rows(Self.selectLanesServed, .id(deployment)).decoded(Self.laneFront)
    }

    private static let selectLanesOfQueue =
        selectLanes + " AND lane.queue_id = $1 AND lane.is_open = TRUE AND lane.claimants IN ($2, 'anyone')"
    private static let selectLanesServed = selectLanes + " AND lane.queue_id = '' AND lane.deployment_id = $1"
    private static let selectLanes = """
        SELECT lane.id, lane.queue_id, lane.deployment_id, lane.batch_id, lane.tags,
            (SELECT batch.max_concurrent FROM batch WHERE batch.id = lane.batch_id), run.id, run.priority, run.due
        FROM lane LEFT JOIN run ON run.id = (
            SELECT head.id FROM run AS head WHERE head.lane_id = lane.id AND head.readiness = 2
            ORDER BY head.priority DESC, head.due, head.id LIMIT 1)
        WHERE lane.batch_id NOT IN (SELECT batch.id FROM batch WHERE is_paused = TRUE)
        """

    private static func laneFront(_ reader: inout RowReader) throws(StorageError) -> LaneFront {
        let lane = Lane(
            id: try reader.int(), queueID: ID(try reader.text()), deploymentID: ID(try reader.text()),
            batchID: ID(try reader.text()), tags: try tags(try reader.text()),
            maximumConcurrent: try reader.optionalInt())
        guard let id = try reader.optionalID(FlowRun.self) else { return (lane, nil) }
        return (lane, ReadyRun(id: id, priority: try reader.int(), due: try reader.time()))
    }

    /// Lets a run that is ready wait in another lane.
    public func relocate(_ run: ID<FlowRun>, to lane: Int) throws(StorageError) {
        try move(run, to: lane)
        try openLane(lane)
    }

    private static func tags(_ text: String) throws(StorageError) -> [String] {
        guard !text.isEmpty else { return [] }
        guard let list = (try? JSONValue(parsing: text))?.arrayValue else { throw .corrupt("\(text) are no tags") }
        return list.compactMap(\.stringValue)
    }

    /// The queues in which runs may wait for limits on tags.
    public func queuesOfTaggedLanes() throws(StorageError) -> [ID<WorkQueue>] {
        try rows("SELECT DISTINCT queue_id FROM lane WHERE tags <> '' AND queue_id <> ''")
            .decoded { reader throws(StorageError) in try reader.id() }
    }

    /// The first ready run of each priority below `priority` in a lane, the highest first.
    public func heads(of lane: Int, below priority: Int, limit: Int) throws(StorageError) -> [ReadyRun] {
        var heads: [ReadyRun] = []
        while heads.count < limit {
            let next = try rows(Self.selectHeadBelow, .int(lane), .int(heads.last?.priority ?? priority))
                .decoded(Self.readyRun)
            guard let head = next.first else { break }
            heads.append(head)
        }
        return heads
    }

    private static let selectHeadBelow = """
        SELECT id, priority, due FROM run WHERE lane_id = $1 AND readiness = 2 AND priority < $2
        ORDER BY priority DESC, due, id LIMIT 1
        """

    /// The first ready runs of one priority in a lane, in order.
    public func ready(in lane: Int, ofPriority priority: Int, limit: Int) throws(StorageError) -> [ReadyRun] {
        try rows(
            """
            SELECT id, priority, due FROM run WHERE lane_id = $1 AND readiness = 2 AND priority = $2
            ORDER BY due, id LIMIT $3
            """, .int(lane), .int(priority), .int(limit)
        ).decoded(Self.readyRun)
    }

    private static func readyRun(_ reader: inout RowReader) throws(StorageError) -> ReadyRun {
        ReadyRun(id: try reader.id(), priority: try reader.int(), due: try reader.time())
    }

    /// Lets a run wait in another lane, or in none.
    public func move(_ run: ID<FlowRun>, to lane: Int?) throws(StorageError) {
        try execute("UPDATE run SET lane_id = $1 WHERE id = $2", .int(lane), .id(run))
    }

    /// The first ready runs of a lane, in order; those due before `since` are passed over.
    public func ready(in lane: Int, limit: Int, since: Timestamp? = nil) throws(StorageError) -> [ReadyRun] {
        try connection.run(
            """
            SELECT id, priority, due FROM run WHERE lane_id = $1 AND readiness = 2 \(since == nil ? "" : "AND due >= $3")
            ORDER BY priority DESC, due, id LIMIT $2
            """, [.int(lane), .int(limit)] + (since.map { [.time($0)] } ?? [])
        ).decoded(Self.readyRun)
    }

    /// The runs of a lane that are due later, but not after `horizon`: the first first.
    public func waiting(
        in lane: Int, until horizon: Timestamp, limit: Int
    ) throws(StorageError) -> [ReadyRun] {
        try rows(
            """
            SELECT id, priority, due FROM run WHERE lane_id = $1 AND readiness = 1 AND due <= $2
            ORDER BY due, id LIMIT $3
            """, .int(lane), .time(horizon), .int(limit)
        ).decoded(Self.readyRun)
    }

    /// Makes ready the runs that have become due: `limit` at most.
    ///
    /// - Returns: the queues that they wait in.
    public func wakeDueRuns(at now: Timestamp, limit: Int) throws(StorageError) -> (
        count: Int, queues: Set<ID<WorkQueue>>
    ) {
        let woken = try rows(
            """
            UPDATE run SET readiness = 2 WHERE id IN (
                SELECT id FROM run WHERE readiness = 1 AND due <= $1 ORDER BY due LIMIT $2)
            RETURNING queue_id, lane_id
            """, .time(now), .int(limit)
        ).decoded { reader throws(StorageError) in
            (try reader.optionalID(WorkQueue.self), try reader.optionalInt())
        }
        for lane in Set(woken.compactMap(\.1)) { try openLane(lane) }
        return (woken.count, Set(woken.compactMap(\.0)))
    }

    /// When the next waiting run is due.
    public func nextDue() throws(StorageError) -> Timestamp? {
        try rows("SELECT min(due) FROM run WHERE readiness = 1")
            .decoded { reader throws(StorageError) in try reader.optionalTime() }.first ?? nil
    }

    /// Where runs of a deployment wait now.
    public struct WaitingPlace: Sendable, Hashable {
        /// Nothing when nobody could execute them.
        public let laneID: Int?
        public let queueID: ID<WorkQueue>?
        public let batchID: ID<Batch>?
    }

    /// The places in which runs of the deployment wait for an agent; not those of runs that are yet to be judged.
    public func waitingPlaces(of deployment: ID<Deployment>) throws(StorageError) -> [WaitingPlace] {
        try rows(
            """
            SELECT DISTINCT lane_id, queue_id, batch_id FROM run
            WHERE deployment_id = $1 AND state_type = 'SCHEDULED' AND holder IS NULL
                AND (lane_id IS NULL OR lane_id NOT IN (SELECT id FROM lane WHERE claimants IN ('gate', 'held')))
            """, .id(deployment)
        ).decoded { reader throws(StorageError) in
            WaitingPlace(
                laneID: try reader.optionalInt(), queueID: try reader.optionalID(), batchID: try reader.optionalID())
        }
    }

    /// Moves the runs of a deployment that wait in `place` to another lane, or to none.
    public func moveWaitingRuns(
        of deployment: ID<Deployment>, from place: WaitingPlace, to lane: Int?, at now: Timestamp
    ) throws(StorageError) {
        try execute(
            """
            UPDATE run SET lane_id = $1,
                readiness = CASE WHEN $1 IS NULL THEN 0 WHEN due <= $2 THEN 2 ELSE 1 END
            WHERE deployment_id = $3 AND state_type = 'SCHEDULED' AND holder IS NULL
                AND lane_id IS NOT DISTINCT FROM $4 AND queue_id IS NOT DISTINCT FROM $5
                AND batch_id IS NOT DISTINCT FROM $6
            """,
            .int(lane), .time(now), .id(deployment), .int(place.laneID), .id(place.queueID), .id(place.batchID))
        if let lane { try openLane(lane) }
    }

    /// Runs near the head of a lane that were due before `time` and are not marked late yet. What is further behind is
    /// not looked at: it waits for those before it.
    public func lateRuns(in lane: Int, before time: Timestamp, depth: Int) throws(StorageError) -> [ID<FlowRun>] {
        try rows(
            """
            SELECT id FROM (
                SELECT id, due, state_name FROM run WHERE lane_id = $1 AND readiness = 2
                ORDER BY priority DESC, due, id LIMIT $2) AS head
            WHERE due < $3 AND state_name = 'Scheduled'
            """, .int(lane), .int(depth), .time(time)
        ).decoded { reader throws(StorageError) in try reader.id() }
    }

    /// Every lane that may hold ready runs.
    public func openLanes() throws(StorageError) -> [Int] {
        try rows("SELECT id FROM lane WHERE is_open = TRUE ORDER BY id")
            .decoded { reader throws(StorageError) in try reader.int() }
    }
}
