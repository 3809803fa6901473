import Domain
import Storage

/// Agents that serve the same queues: they draw from the same runs.
private struct SeatGroup {
    let poolID: ID<WorkPool>
    let queueNames: [String]
    var seats: [Seat]

    static func groups(of seats: [Seat]) -> [SeatGroup] {
        var groups: [SeatGroup] = []
        for seat in seats where seat.credit > 0 {
            let names = seat.queueNames.sorted()
            if let index = groups.firstIndex(where: { $0.poolID == seat.poolID && $0.queueNames == names }) {
                groups[index].seats.append(seat)
            } else {
                groups.append(SeatGroup(poolID: seat.poolID, queueNames: names, seats: [seat]))
            }
        }
        return groups
    }
}

/// A run that an agent holds the lease of from now on.
struct Claimed: Sendable {
    let agentID: ID<Agent>
    let run: FlowRun
    let known: KnownDeployment
}

extension Change {
    /// Grants ready runs to agents that wait, in the order of the queues and of the runs in them, as far as the limits
    /// and the agents' free slots allow.
    mutating func claim(for seats: [Seat]) throws -> [Claimed] {
        var claim = Claim(change: self)
        for group in SeatGroup.groups(of: seats) { try claim.serve(group) }
        self = claim.change
        return claim.granted
    }
}

/// One claim: what is granted in one transaction.
private struct Claim {
    var change: Change
    var granted: [Claimed] = []

    private var store: Store { change.store }

    init(change: Change) { self.change = change }

    mutating func serve(_ group: SeatGroup) throws {
        guard let pool = try store.pool(group.poolID), !pool.isPaused else { return }
        var seats = Seating(group.seats)
        var poolRoom = try Room(limit: pool.concurrencyLimit) { try store.occupancy(of: pool.id) }
        for queue in try store.queues(of: pool.id) where !queue.isPaused {
            guard group.queueNames.isEmpty || group.queueNames.contains(queue.name) else { continue }
            var queueRoom = try Room(limit: queue.concurrencyLimit) { try store.occupancy(of: queue.id) }
            let wanted = min(seats.free, poolRoom.free, queueRoom.free)
            guard wanted > 0 else { continue }
            for ready in try candidates(in: queue, limit: wanted) {
                guard let agent = seats.next(), try grant(ready, to: agent) else { continue }
                poolRoom.take()
                queueRoom.take()
            }
        }
    }

    /// The runs of a queue that could start now, in order: the lanes are merged, and those of a deployment, of which
    /// each batch has one, give together no more than its limit has room for. Of a lane whose turn does not come, nothing
    /// but its first run is read, however many batches wait.
    private func candidates(in queue: WorkQueue, limit: Int) throws -> [ReadyRun] {
        var fronts = try laneFronts(of: queue)
        var rooms: [ID<Deployment>: Room] = [:]
        var chosen: [ReadyRun] = []
        while chosen.count < limit, var front = fronts.popLast() {
            var room = Room.unlimited
            if let id = front.lane.deploymentID {
                room = try rooms[id] ?? freeRoom(of: id)
                // Also when there is none: the deployment's other batches need not look again.
                rooms[id] = room
            }
            let wanted = min(limit - chosen.count, room.free)
            guard wanted > 0 else { continue }
            // What is wanted only gets less: one look is enough.
            let ready = try front.ready ?? store.ready(in: front.lane.id, limit: wanted)[...]
            let next = fronts.last?.head
            let taken = ready.prefix(wanted).prefix { run in next.map { run < $0 } ?? true }
            chosen += taken
            for _ in taken { room.take() }
            if let id = front.lane.deploymentID { rooms[id] = room }
            let rest = ready.dropFirst(taken.count)
            guard let head = rest.first else { continue }
            (front.head, front.ready) = (head, rest)
            fronts.insert(front, at: fronts.partitioningIndex { $0.head < head })
        }
        return chosen
    }

    /// The lanes of a queue that hold ready runs; that whose turn it is comes last.
    private func laneFronts(of queue: WorkQueue) throws -> [LaneFront] {
        var fronts: [LaneFront] = []
        for (lane, head) in try store.openLanes(of: queue.id) {
            if let head {
                fronts.append(LaneFront(lane: lane, head: head))
            } else if lane.batchID != nil {
                try store.closeLane(lane.id)
            }
        }
        return fronts.sorted { $1.head < $0.head }
    }

    private func freeRoom(of id: ID<Deployment>) throws -> Room {
        guard let deployment = try store.deployment(id) else { return Room.unlimited }
        return try Room(limit: deployment.concurrencyLimit) { try store.occupancy(of: id) }
    }

    private mutating func grant(_ ready: ReadyRun, to agent: ID<Agent>) throws -> Bool {
        guard let run = try store.run(ready.id), let deployment = run.deploymentID else { return false }
        let known = try change.deployments.deployment(deployment, in: store)
        let head = RunHead(
            id: run.id, version: run.version, deploymentID: deployment, queueID: run.queueID, batchID: run.batchID,
            laneID: nil, parentTaskRunID: run.parentTaskRunID, machine: run.machine)
        var granted = run
        granted.machine = try change.advance(head, by: .claimed(by: agent))
        try noteVersion(of: &granted, known.deployment)
        self.granted.append(Claimed(agentID: agent, run: granted, known: known))
        return true
    }
}

extension Claim {
    /// A run that was made before its deployment changed executes what that is now.
    private func noteVersion(of run: inout FlowRun, _ deployment: Deployment) throws {
        guard run.deploymentVersionNumber != deployment.versionNumber else { return }
        try store.setDeploymentVersion(of: run.id, to: deployment.versionNumber)
        run.deploymentVersionNumber = deployment.versionNumber
    }
}

/// A lane while lanes are merged.
private struct LaneFront {
    let lane: Lane
    /// The first of its runs that nobody has been given.
    var head: ReadyRun
    /// The same and those behind it, as far as they are wanted; nothing before its first turn.
    var ready: ArraySlice<ReadyRun>?
}

extension [LaneFront] {
    /// Where the elements begin that `isBehind` holds for, which are the last ones.
    fileprivate func partitioningIndex(_ isBehind: (LaneFront) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// Free slots under a limit. No limit is plenty of room.
private struct Room {
    private(set) var free: Int

    static let unlimited = Room(free: .max)

    private init(free: Int) { self.free = free }

    init(limit: Int?, occupied: () throws -> Int) throws {
        free = try limit.map { max(0, $0 - (try occupied())) } ?? .max
    }

    mutating func take() { if free != .max { free -= 1 } }
}

/// Hands out runs to the agents of a group, the one with the most free slots first, so that a few runs spread over
/// many hosts.
private struct Seating {
    private var seats: [(agent: ID<Agent>, credit: Int)]
    private(set) var free: Int

    init(_ seats: [Seat]) {
        self.seats = seats.map { ($0.agentID, $0.credit) }
        free = seats.reduce(0) { $0 + $1.credit }
    }

    mutating func next() -> ID<Agent>? {
        guard let index = seats.indices.max(by: { seats[$0].credit < seats[$1].credit }), seats[index].credit > 0
        else { return nil }
        seats[index].credit -= 1
        free -= 1
        return seats[index].agent
    }
}
