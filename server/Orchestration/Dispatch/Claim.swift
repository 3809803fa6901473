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
            var looksAgain = true
            while looksAgain {
                looksAgain = false
                let wanted = min(seats.free, poolRoom.free, queueRoom.free)
                guard wanted > 0 else { break }
                var candidates = Candidates(for: .agents, in: store)
                for ready in try candidates.ready(in: try lanes(of: queue), limit: wanted) {
                    switch try grant(ready, to: seats) {
                    case .granted(let agent):
                        seats.take(agent)
                        poolRoom.take()
                        queueRoom.take()
                    case .cancelled: looksAgain = true
                    case .passedOver: break
                    }
                }
            }
        }
    }

    /// The lanes of a queue that hold ready runs for agents.
    private func lanes(of queue: WorkQueue) throws -> [Store.LaneFront] {
        try store.openLanes(of: queue.id, for: .agents).filter { lane, head in
            if head == nil, lane.batchID != nil { try store.closeLane(lane.id) }
            return head != nil
        }
    }

    private enum Outcome {
        case granted(ID<Agent>)
        /// Its deployment wants no run to wait for a slot.
        case cancelled
        case passedOver
    }

    private mutating func grant(_ ready: ReadyRun, to seats: Seating) throws -> Outcome {
        guard let agent = seats.next, let run = try store.run(ready.id), let deployment = run.deploymentID else {
            return .passedOver
        }
        let known = try change.deployments.deployment(deployment, in: store)
        let head = RunHead(
            id: run.id, version: run.version, deploymentID: deployment, queueID: run.queueID, batchID: run.batchID,
            laneID: nil, parentTaskRunID: run.parentTaskRunID, machine: run.machine)
        if known.deployment.collisionStrategy == .cancelNew, try isFull(known.deployment) {
            try change.advance(head, by: .cancelRequested(reason: ProposalRule.limitReached))
            return .cancelled
        }
        var granted = run
        granted.machine = try change.advance(head, by: .claimed(by: agent))
        try noteVersion(of: &granted, known.deployment)
        if known.deployment.execution == nil { try store.setAttribution(of: &granted, to: agent) }
        self.granted.append(Claimed(agentID: agent, run: granted, known: known))
        return .granted(agent)
    }

    private func isFull(_ deployment: Deployment) throws -> Bool {
        try deployment.concurrencyLimit.map { try store.occupancy(of: deployment.id) >= $0 } ?? false
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

/// Hands out runs to the agents of a group, the one with the most free slots first, so that a few runs spread over
/// many hosts.
private struct Seating {
    private var seats: [(agent: ID<Agent>, credit: Int)]
    private(set) var free: Int

    init(_ seats: [Seat]) {
        self.seats = seats.map { ($0.agentID, $0.credit) }
        free = seats.reduce(0) { $0 + $1.credit }
    }

    /// Whose turn it is.
    var next: ID<Agent>? {
        seats.max { $0.credit < $1.credit }.flatMap { $0.credit > 0 ? $0.agent : nil }
    }

    mutating func take(_ agent: ID<Agent>) {
        guard let index = seats.firstIndex(where: { $0.agent == agent && $0.credit > 0 }) else { return }
        seats[index].credit -= 1
        free -= 1
    }
}
