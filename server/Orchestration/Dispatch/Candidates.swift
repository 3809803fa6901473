import Domain
import Storage

/// The runs that could start, in their order: what workers are offered.
///
/// It remembers how much room each deployment has left, as long as it lives.
struct Candidates {
    let store: Store
    private var rooms: [ID<Deployment>: Room] = [:]
    private var batchRooms: [ID<Batch>: Room] = [:]

    init(in store: Store) { self.store = store }

    /// Those among `lanes` that are ready, in order: the lanes are merged, and those of a deployment, of which each batch
    /// has one, give together no more than its limit has room for. Of a lane whose turn does not come, nothing but its
    /// first run is read, however many batches wait.
    mutating func ready(in lanes: [Store.LaneFront], limit: Int, since: Timestamp? = nil) throws -> [ReadyRun] {
        var fronts = lanes.compactMap { lane, head in head.map { LaneHead(lane: lane, head: $0) } }
        fronts.sort { $1.head < $0.head }
        var chosen: [ReadyRun] = []
        while chosen.count < limit, var front = fronts.popLast() {
            var room = try room(of: front.lane)
            var batchRoom = try batchRoom(of: front.lane)
            let wanted = min(limit - chosen.count, room.free, batchRoom.free)
            guard wanted > 0 else { continue }
            // What is wanted only gets less: one look is enough.
            let ready = try front.ready ?? store.ready(in: front.lane.id, limit: wanted, since: since)[...]
            let next = fronts.last?.head
            let taken = ready.prefix(wanted).prefix { run in next.map { run < $0 } ?? true }
            chosen += taken
            room.take(taken.count)
            batchRoom.take(taken.count)
            keep(room, batchRoom, of: front.lane)
            let rest = ready.dropFirst(taken.count)
            guard let head = rest.first else { continue }
            (front.head, front.ready) = (head, rest)
            fronts.insert(front, at: fronts.partitioningIndex { $0.head < head })
        }
        return chosen
    }

    /// Those among `lanes` that become due until `horizon`: the first first.
    mutating func waiting(in lanes: [Store.LaneFront], until horizon: Timestamp, limit: Int) throws -> [ReadyRun] {
        guard limit > 0 else { return [] }
        var found: [(run: ReadyRun, lane: Lane)] = []
        for (lane, _) in lanes {
            found += try store.waiting(in: lane.id, until: horizon, limit: limit).map { ($0, lane) }
        }
        found.sort { ($0.run.due, $0.run.id) < ($1.run.due, $1.run.id) }
        var chosen: [ReadyRun] = []
        for (run, lane) in found where chosen.count < limit {
            var room = try room(of: lane)
            var batchRoom = try batchRoom(of: lane)
            guard room.free > 0, batchRoom.free > 0 else { continue }
            chosen.append(run)
            room.take()
            batchRoom.take()
            keep(room, batchRoom, of: lane)
        }
        return chosen
    }

    private mutating func room(of lane: Lane) throws -> Room {
        guard let id = lane.deploymentID else { return .unlimited }
        if let known = rooms[id] { return known }
        // Also when there is none: the deployment's other batches need not look again.
        let room = try freeRoom(of: id)
        rooms[id] = room
        return room
    }

    private mutating func batchRoom(of lane: Lane) throws -> Room {
        guard let id = lane.batchID, let limit = lane.maximumConcurrent else { return .unlimited }
        if let known = batchRooms[id] { return known }
        let deployment = try store.batch(id)?.deploymentID
        let room = try Room(limit: limit) { try deployment.map { try store.occupancy(of: id, of: $0) } ?? 0 }
        batchRooms[id] = room
        return room
    }

    private mutating func keep(_ room: Room, _ batchRoom: Room, of lane: Lane) {
        if let id = lane.deploymentID { rooms[id] = room }
        if let id = lane.batchID, lane.maximumConcurrent != nil { batchRooms[id] = batchRoom }
    }

    private func freeRoom(of id: ID<Deployment>) throws -> Room {
        // What is to be cancelled when it meets a full limit has to meet it.
        guard let deployment = try store.deployment(id), deployment.collisionStrategy == .enqueue else {
            return .unlimited
        }
        return try Room(limit: deployment.concurrencyLimit) { try store.occupancy(of: id) }
    }
}

/// A lane while lanes are merged.
private struct LaneHead {
    let lane: Lane
    /// The first of its runs that nobody has been given.
    var head: ReadyRun
    /// The same and those behind it, as far as they are wanted; nothing before its first turn.
    var ready: ArraySlice<ReadyRun>?
}

extension [LaneHead] {
    /// Where the elements begin that `isBehind` holds for, which are the last ones.
    fileprivate func partitioningIndex(_ isBehind: (LaneHead) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// Free slots under a limit. No limit is plenty of room.
struct Room {
    private(set) var free: Int

    static let unlimited = Room(free: .max)

    private init(free: Int) { self.free = free }

    init(limit: Int?, occupied: () throws -> Int) throws {
        free = try limit.map { max(0, $0 - (try occupied())) } ?? .max
    }

    mutating func take(_ slots: Int = 1) { if free != .max { free -= slots } }
}
