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
    /// each batch has one, give together no more than its limit has room for.
    private func candidates(in queue: WorkQueue, limit: Int) throws -> [ReadyRun] {
        var rooms: [ID<Deployment>: Room] = [:]
        var waiting: [(run: ReadyRun, deployment: ID<Deployment>?)] = []
        for lane in try store.openLanes(of: queue.id) {
            var wanted = limit
            if let id = lane.deploymentID {
                let room = try rooms[id] ?? freeRoom(of: id)
                rooms[id] = room
                wanted = min(limit, room.free)
            }
            guard wanted > 0 else { continue }
            let ready = try store.ready(in: lane.id, limit: wanted)
            if ready.isEmpty, lane.batchID != nil { try store.closeLane(lane.id) }
            waiting += ready.map { ($0, lane.deploymentID) }
        }
        var chosen: [ReadyRun] = []
        for (run, deployment) in waiting.sorted(by: { $0.run < $1.run }) where chosen.count < limit {
            if let deployment {
                guard rooms[deployment]?.free ?? 0 > 0 else { continue }
                rooms[deployment]?.take()
            }
            chosen.append(run)
        }
        return chosen
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
            laneID: nil, machine: run.machine)
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
