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
    /// How many runs are claimed in one transaction: while it is under way nobody else stores anything, and none of them is
    /// sent. Whoever claims so many may claim again.
    static let claimedAtOnce = 200

    /// Grants ready runs to agents that wait, in the order of the queues and of the runs in them, as far as the limits,
    /// what the agents offer and their free slots allow: `claimedAtOnce` at most.
    mutating func claim(for seats: [Seat]) throws -> [Claimed] {
        var claim = Claim(change: self, present: Set(seats.map(\.agentID)))
        for group in SeatGroup.groups(of: seats) { try claim.serve(group) }
        try claim.settle()
        self = claim.change
        return claim.granted
    }
}

/// One claim: what is granted in one transaction.
private struct Claim {
    /// What keeps the runs of a lane back, beside the limits of their queue and pool.
    private struct Bounds {
        var scopes: [Allowance.Scope] = []
        var requirements: Requirements?
    }

    /// How many runs one transaction may cancel, or move to another lane, before somebody else has a turn.
    private static let mostAsides = 500
    /// How many runs are read at once.
    private static let readAtOnce = 64

    var change: Change
    var granted: [Claimed] = []
    /// The agents that wait for work.
    private let present: Set<ID<Agent>>
    private var allowance: Allowance
    private var bounds: [Int: Bounds] = [:]
    /// Of the pools in which a run has asked for resources or labels.
    private var admissions: [ID<WorkPool>: Admission] = [:]
    private var asides = 0
    /// What was looked up before: nothing of it changes within the transaction.
    private var deployments: [ID<Deployment>: KnownDeployment] = [:]
    private var limitedTags: [TagsOfRun: [String]] = [:]
    /// Runs that were read before their turn, with others.
    private var read: [ID<FlowRun>: FlowRun] = [:]

    private struct TagsOfRun: Hashable {
        let deployment: ID<Deployment>
        let tags: [String]
    }

    private var store: Store { change.store }

    init(change: Change, present: Set<ID<Agent>>) {
        self.change = change
        self.present = present
        allowance = Allowance(change.store, at: change.leaseTime)
    }

    mutating func serve(_ group: SeatGroup) throws {
        guard let pool = try store.pool(group.poolID), !pool.isPaused else { return }
        var seats = Seating(group.seats)
        let scope = try measure(pool)
        var lines: [QueueLine] = []
        for queue in try store.queues(of: pool.id) where !queue.isPaused {
            guard group.queueNames.isEmpty || group.queueNames.contains(queue.name) else { continue }
            let line = try QueueLine(queue, ageing: pool.ageingRule, in: store)
            try line.tidy()
            lines.append(line)
        }
        while seats.free > 0, granted.count < Change.claimedAtOnce, asides < Self.mostAsides,
            let index = Self.next(lines)
        {
            try step(&lines[index], scope + (try measure(lines[index].queue)), pool, &seats)
        }
        if asides >= Self.mostAsides { change.noteReady(lines.map(\.queue.id)) }
    }

    /// Stores what was counted.
    mutating func settle() throws {
        try allowance.settle()
        change.noteOpenings(allowance.openings)
    }

    /// Whose turn it is.
    private static func next(_ lines: [QueueLine]) -> Int? {
        var best: Int?
        for index in lines.indices where lines[index].first != nil {
            if let other = best, !lines[index].goes(before: lines[other]) { continue }
            best = index
        }
        return best
    }

    /// Grants the first run of a queue, or sets aside what keeps it back.
    private mutating func step(
        _ line: inout QueueLine, _ scopes: [Allowance.Scope], _ pool: WorkPool, _ seats: inout Seating
    ) throws {
        guard let front = line.first else { return }
        let bounds = try bounds(of: front.lane, in: pool)
        let scopes = scopes + bounds.scopes
        let room = allowance.free(scopes, in: line.queue.id)
        guard room > 0, let agent = try agent(for: front.head, in: line.queue, bounds, pool, seats) else {
            return line.setAside()
        }
        let wanted = min(seats.free, room, Change.claimedAtOnce - granted.count)
        try line.lookBehind(wanted)
        if read[front.head.id] == nil {
            for run in try store.runs(line.upcoming(min(wanted, Self.readAtOnce))) { read[run.id] = run }
        }
        switch try grant(front, to: agent, bounds) {
        case .granted:
            seats.take(agent)
            allowance.take(scopes)
            try line.takeFirst(wanted - 1)
        case .cancelled:
            asides += 1
            try line.takeFirst(wanted)
        case .misplaced:
            try relocate(front.lane)
            line = try QueueLine(line.queue, ageing: pool.ageingRule, in: store)
        case .passedOver: line.setAside()
        }
    }
}

// MARK: - Limits

extension Claim {
    private mutating func measure(_ pool: WorkPool) throws -> [Allowance.Scope] {
        guard Allowance.isLimited(pool.concurrencyLimit, pool.rateLimit) else { return [] }
        let store = store
        try allowance.measure(
            .pool(pool.id), limit: pool.concurrencyLimit, rate: pool.rateLimit.map { (.pool(pool.id), $0) }
        ) { try store.occupancy(of: pool.id) }
        return [.pool(pool.id)]
    }

    private mutating func measure(_ queue: WorkQueue) throws -> [Allowance.Scope] {
        guard Allowance.isLimited(queue.concurrencyLimit, queue.rateLimit) else { return [] }
        let store = store
        try allowance.measure(
            .queue(queue.id), limit: queue.concurrencyLimit, rate: queue.rateLimit.map { (.queue(queue.id), $0) }
        ) { try store.occupancy(of: queue.id) }
        return [.queue(queue.id)]
    }

    private mutating func bounds(of lane: Lane, in pool: WorkPool) throws -> Bounds {
        guard lane.deploymentID != nil || lane.maximumConcurrent != nil || !lane.tags.isEmpty else { return Bounds() }
        if let known = bounds[lane.id] { return known }
        var found = Bounds()
        if let id = lane.deploymentID { try measure(id, in: pool, &found) }
        if let id = lane.batchID, let limit = lane.maximumConcurrent { try measure(id, limit, &found) }
        for tag in lane.tags { try measure(tag: tag, &found) }
        bounds[lane.id] = found
        return found
    }

    private mutating func measure(_ id: ID<Deployment>, in pool: WorkPool, _ bounds: inout Bounds) throws {
        guard let deployment = try store.deployment(id) else { return }
        let needs = deployment.requirements(in: pool)
        bounds.requirements = needs.isNone ? nil : needs
        // What is to be cancelled when it meets a full limit has to meet it.
        let limit = deployment.collisionStrategy == .enqueue ? deployment.concurrencyLimit : nil
        let rate = deployment.execution?.rateLimit
        guard Allowance.isLimited(limit, rate) else { return }
        let store = store
        try allowance.measure(.deployment(id), limit: limit, rate: rate.map { (.deployment(id), $0) }) {
            try store.occupancy(of: id)
        }
        bounds.scopes.append(.deployment(id))
    }

    private mutating func measure(_ id: ID<Batch>, _ limit: Int, _ bounds: inout Bounds) throws {
        let store = store
        try allowance.measure(.batch(id), limit: limit, rate: nil) {
            try store.batch(id).map { try store.occupancy(of: id, of: $0.deploymentID) } ?? 0
        }
        bounds.scopes.append(.batch(id))
    }

    private mutating func measure(tag: String, _ bounds: inout Bounds) throws {
        guard let limit = try store.limit(named: ConcurrencyLimit.name(ofTag: tag)), limit.isActive else { return }
        let (store, desk, now) = (store, change.limitDesk, change.leaseTime)
        try allowance.measure(.tag(tag), limit: limit.slots, rate: nil) {
            // Those who stand in line for them have their appointments.
            let kept = desk.withLine { $0.kept(of: limit.id, before: .max, at: now) }
            return Int(try store.taken(of: limit, at: now).rounded(.up)) + kept
        }
        bounds.scopes.append(.tag(tag))
    }
}

// MARK: - Agents

extension Claim {
    /// The agent that is to execute a run; nothing if none can now.
    private mutating func agent(
        for run: ReadyRun, in queue: WorkQueue, _ bounds: Bounds, _ pool: WorkPool, _ seats: Seating
    ) throws -> ID<Agent>? {
        guard let needs = bounds.requirements else {
            guard let admission = admissions[pool.id] else { return seats.next }
            return seats.inOrder.first { !admission.isKept($0, from: run.id) }
        }
        var admission = try admissions[pool.id] ?? admission(to: pool)
        defer { admissions[pool.id] = admission }
        return admission.agent(for: run.id, in: queue.name, needs, among: seats.inOrder)
    }

    private func admission(to pool: WorkPool) throws -> Admission {
        let (held, leases) = (try store.heldByAgent(), try store.occupancyByAgent())
        // One that has free slots and does not wait for work is about to leave, or cannot take any.
        let agents = try store.agents(of: pool.id).filter { agent in
            present.contains(agent.id) || (agent.isOnline(at: change.now) && leases[agent.id] ?? 0 >= agent.slots)
        }
        return Admission(agents.map { Admission.Place($0, held: held[$0.id] ?? .none) })
    }
}

// MARK: - Grants

extension Claim {
    private enum Outcome {
        case granted
        /// Its deployment wants no run to wait for a slot.
        case cancelled
        /// A limit on a tag of it was made or deleted since it came to wait.
        case misplaced
        case passedOver
    }

    private mutating func grant(_ front: QueueLine.Front, to agent: ID<Agent>, _ bounds: Bounds) throws -> Outcome {
        guard let run = read.removeValue(forKey: front.head.id), let deployment = run.deploymentID else {
            return .passedOver
        }
        let known = try known(deployment)
        if try limitedTags(of: run, known.deployment) != front.lane.tags { return .misplaced }
        let head = RunHead(
            id: run.id, version: run.version, deploymentID: deployment, queueID: run.queueID, batchID: run.batchID,
            laneID: nil, parentTaskRunID: run.parentTaskRunID, machine: run.machine)
        if known.deployment.collisionStrategy == .cancelNew, try isFull(known.deployment) {
            try change.advance(head, by: .cancelRequested(reason: ProposalRule.limitReached))
            // The end of a run may change others.
            read = [:]
            return .cancelled
        }
        var granted = run
        granted.machine = try change.advance(head, by: .claimed(by: agent))
        try burden(run, front.lane, bounds, agent)
        try noteVersion(of: &granted, known.deployment)
        if known.deployment.execution == nil { try store.setAttribution(of: &granted, to: agent) }
        self.granted.append(Claimed(agentID: agent, run: granted, known: known))
        return .granted
    }

    private mutating func known(_ id: ID<Deployment>) throws -> KnownDeployment {
        if let known = deployments[id] { return known }
        let known = try change.deployments.deployment(id, in: store)
        deployments[id] = known
        return known
    }

    private mutating func limitedTags(of run: FlowRun, _ deployment: Deployment) throws -> [String] {
        let key = TagsOfRun(deployment: deployment.id, tags: run.tags)
        if let known = limitedTags[key] { return known }
        let limited = try change.limitedTags(run.tags, of: deployment)
        limitedTags[key] = limited
        return limited
    }

    private func isFull(_ deployment: Deployment) throws -> Bool {
        try deployment.concurrencyLimit.map { try store.occupancy(of: deployment.id) >= $0 } ?? false
    }

    /// Records what the run holds, beside a slot of its agent, as long as it has its lease.
    private mutating func burden(_ run: FlowRun, _ lane: Lane, _ bounds: Bounds, _ agent: ID<Agent>) throws {
        guard bounds.requirements != nil || !lane.tags.isEmpty else { return }
        let resources = bounds.requirements?.resources
        try store.setBurden(of: run.id, resources, isTagged: !lane.tags.isEmpty)
        if let resources, let pool = try run.queueID.flatMap({ try store.queue($0) })?.poolID {
            admissions[pool]?.take(resources, from: agent, for: run.id)
        }
        for limit in try store.limits(named: lane.tags.map { ConcurrencyLimit.name(ofTag: $0) }) where limit.isActive {
            let holder = LimitHolder(.flowRun, run.id)
            try store.insert(try change.newHold(of: limit, 1, lease: run.id.cast(), by: holder))
        }
    }

    /// Lets the first runs of a lane wait where they belong by now.
    private mutating func relocate(_ lane: Lane) throws {
        for ready in try store.ready(in: lane.id, limit: Self.mostAsides) {
            asides += 1
            guard let run = try store.run(ready.id), let id = run.deploymentID else { continue }
            let deployment = try change.deployments.deployment(id, in: store).deployment
            let place = try change.lane(of: deployment, queue: run.queueID, batch: run.batchID, tags: run.tags)
            if let place, place != lane.id { try store.relocate(run.id, to: place) }
        }
    }

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

    /// The agents with a free slot, those first whose turn it is.
    var inOrder: [ID<Agent>] {
        seats.filter { $0.credit > 0 }.sorted { ($1.credit, $0.agent) < ($0.credit, $1.agent) }.map(\.agent)
    }

    mutating func take(_ agent: ID<Agent>) {
        guard let index = seats.firstIndex(where: { $0.agent == agent && $0.credit > 0 }) else { return }
        seats[index].credit -= 1
        free -= 1
    }
}
