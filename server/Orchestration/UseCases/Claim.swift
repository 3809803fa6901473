public import Domain
import JSON
import Storage

/// An agent that waits for work, and how much of it.
public struct Seat: Sendable, Hashable {
    public let agentID: ID<Agent>
    public let poolID: ID<WorkPool>
    /// The queues that it serves; none means all of the pool.
    public let queueNames: [String]
    /// Free slots.
    public let credit: Int

    public init(agentID: ID<Agent>, poolID: ID<WorkPool>, queueNames: [String], credit: Int) {
        self.agentID = agentID
        self.poolID = poolID
        self.queueNames = queueNames
        self.credit = credit
    }
}

/// An attempt granted to an agent, with all that it needs to execute it.
public struct Grant: Sendable {
    public let agentID: ID<Agent>
    public let run: FlowRun
    public let deployment: Deployment
    public let execution: ExecutionSpec
    public let flowName: String
    /// The command with the parameters in place.
    public let arguments: [String]
    public let environment: [String: String]

    public var attempt: Int { run.machine.attempt }
}

extension Orchestrator {
    /// Grants ready runs to agents that wait, in the order of the queues and of the runs in them, as far as the limits
    /// and the agents' free slots allow. The leases are on disk when this returns.
    public func claim(for seats: [Seat]) async throws -> [Grant] {
        let claimed = try await change { [deployments] change in
            var claim = Claim(change: change, deployments: deployments)
            for group in SeatGroup.groups(of: seats) { try claim.serve(group) }
            change = claim.change
            return claim.granted
        }
        var grants: [Grant] = []
        for (agent, run, known) in claimed {
            do {
                grants.append(try Grant(agent, run, known))
            } catch {
                // The deployment was changed since the run was accepted, such that its command cannot be made.
                try await fail(run, "\(error)")
            }
        }
        return grants
    }

    private func fail(_ run: FlowRun, _ reason: String) async throws {
        try await change { change in
            guard let head = try change.store.head(run.id) else { return }
            let end = AttemptEnd(.notStarted, at: change.now, message: reason)
            try change.advance(head, by: .ended(attempt: run.machine.attempt, end))
        }
    }
}

extension Grant {
    fileprivate init(_ agent: ID<Agent>, _ run: FlowRun, _ known: KnownDeployment) throws {
        guard let execution = known.deployment.execution else {
            throw OrchestrationError.invalid("its deployment does not say any more what to execute")
        }
        let (arguments, values) = try execution.command.render(parameters: run.parameters)
        var environment: [String: String] = [:]
        for (name, text) in execution.environment {
            environment[name] = try PlaceholderText(text).render(parameters: run.parameters)
        }
        agentID = agent
        self.run = run
        deployment = known.deployment
        self.execution = execution
        flowName = known.flowName
        self.arguments = arguments
        self.environment = environment.merging(values) { $1 }
    }
}

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

/// One claim: what is granted in one transaction.
private struct Claim {
    var change: Change
    let deployments: DeploymentCache
    var granted: [(ID<Agent>, FlowRun, KnownDeployment)] = []

    private var store: Store { change.store }

    init(change: Change, deployments: DeploymentCache) {
        self.change = change
        self.deployments = deployments
    }

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

    /// The runs of a queue that could start now, in order: the lanes are merged, and each gives no more than its limit
    /// has room for.
    private func candidates(in queue: WorkQueue, limit: Int) throws -> [ReadyRun] {
        var candidates: [ReadyRun] = []
        for lane in try store.openLanes(of: queue.id) {
            let room = try laneRoom(lane)
            let wanted = min(limit, room.free)
            guard wanted > 0 else { continue }
            let ready = try store.ready(in: lane.id, limit: wanted)
            if ready.isEmpty, lane.batchID != nil { try store.closeLane(lane.id) }
            candidates += ready
        }
        return Array(candidates.sorted().prefix(limit))
    }

    private func laneRoom(_ lane: Lane) throws -> Room {
        guard let id = lane.deploymentID else { return Room.unlimited }
        guard let deployment = try store.deployment(id) else { return Room.unlimited }
        return try Room(limit: deployment.concurrencyLimit) { try store.occupancy(of: id) }
    }

    private mutating func grant(_ ready: ReadyRun, to agent: ID<Agent>) throws -> Bool {
        guard let run = try store.run(ready.id), let deployment = run.deploymentID else { return false }
        let known = try deployments.deployment(deployment, in: store)
        let head = RunHead(
            id: run.id, version: run.version, deploymentID: deployment, queueID: run.queueID, batchID: run.batchID,
            laneID: nil, machine: run.machine)
        var granted = run
        granted.machine = try change.advance(head, by: .claimed(by: agent))
        self.granted.append((agent, granted, known))
        return true
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
