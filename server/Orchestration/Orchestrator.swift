public import Domain
public import Storage

/// The use cases of the server: each loads facts, decides purely, commits, and acts on what was committed.
///
/// It holds no state of its own but caches: every answer comes from the database, and any number of orchestrators
/// could work on one. The folder `UseCases` has one file for each thing that it can be asked.
public struct Orchestrator: Sendable {
    public let database: any Database
    public let logs: LogStore
    public let bundles: BundleStore
    public let surroundings: Surroundings
    public let bulletin: Bulletin
    public let credentials: AttemptCredentials
    public let desk = DispatchDesk()
    public let counters = Counters()
    public let taskDesk = TaskDesk()
    public let pruned = PruningTotals()
    let vault: Vault
    let deployments = DeploymentCache()
    let storageWatch = StorageWatch()
    let abandonedBatches = AbandonedBatches()
    let limitDesk = LimitDesk()
    let overlapDesk = OverlapDesk()
    let rateDesk = RateDesk()
    let backfillTurns = Turns<ID<Deployment>>()
    let automations = AutomationBook()

    /// - Parameters:
    ///   - vault: nothing where all is forgotten with this orchestrator: a key of its own does there.
    ///   - credentials: nothing for such as are good as long as this orchestrator is there.
    public init(
        database: any Database, logs: LogStore, bundles: BundleStore, surroundings: Surroundings,
        bulletin: Bulletin = Bulletin(), vault: Vault? = nil, credentials: AttemptCredentials? = nil
    ) {
        self.database = database
        self.logs = logs
        self.bundles = bundles
        self.surroundings = surroundings
        self.bulletin = bulletin
        self.vault = vault ?? Vault(passing: surroundings)
        self.credentials = credentials ?? AttemptCredentials(passing: surroundings)
    }

    public var now: Timestamp { surroundings.now }

    /// Runs `body` in a write transaction; acts on what it brought about once that is committed.
    ///
    /// A run that becomes ready while an agent waits is granted in the same transaction: it reaches the agent after one
    /// commit instead of two.
    func change<Result: Sendable>(
        _ body: @escaping @Sendable (inout Change) throws -> Result
    ) async throws -> Result {
        let (surroundings, deployments, limitDesk, automations) = (surroundings, deployments, limitDesk, automations)
        let overlapDesk = overlapDesk
        let rateDesk = rateDesk
        let reservation = Reservation(at: desk)
        do {
            let (result, claimed, notices, events) = try await database.write { store in
                reservation.settle([])
                var change = Change(
                    store, surroundings, deployments, limitDesk, overlapDesk, rateDesk, automations, reservation)
                let result = try body(&change)
                try change.evaluateTriggers(automations)
                try change.grantWhatBecameReady()
                return (result, change.claimed, change.notices, change.events)
            }
            storageWatch.stored()
            reservation.settle(try await grants(of: claimed))
            bulletin.publish(notices)
            counters.add(events)
            return result
        } catch {
            reservation.settle([])
            automations.reset()
            storageWatch.failed(error, at: now)
            throw error
        }
    }

    /// - Throws: `StorageError` unless everything that is stored can be read and changed.
    public func requireReadiness() async throws {
        _ = try await tally()
        if let complaint = storageWatch.complaint(at: now, free: surroundings.freeBytes()) {
            throw StorageError.unavailable(complaint)
        }
    }
}

/// A write transaction under way: the store, the time it happens at, and what is to be told once it is committed.
struct Change {
    let store: Store
    let surroundings: Surroundings
    let now: Timestamp
    /// The same on the clock that leases are counted by.
    let leaseTime: Timestamp
    let deployments: DeploymentCache
    let limitDesk: LimitDesk
    let overlapDesk: OverlapDesk
    let rateDesk: RateDesk
    let automations: AutomationBook
    /// How many actions of automations are the reason of what happens here, each of the next.
    var actionDepth = 0
    /// What agents have been granted here.
    private(set) var claimed: [Claimed] = []
    /// What is to be counted once this is committed.
    private(set) var events: [Counters.Event: Int] = [:]
    private let reservation: Reservation
    private var readyQueues: Set<ID<WorkQueue>> = []
    /// The queues of the runs that became ready here, which nobody has been offered yet.
    private var readyRuns: [ID<FlowRun>: ID<WorkQueue>] = [:]
    private var nextDue: Timestamp?
    private var told: [Notice] = []

    fileprivate init(
        _ store: Store, _ surroundings: Surroundings, _ deployments: DeploymentCache, _ limitDesk: LimitDesk,
        _ overlapDesk: OverlapDesk, _ rateDesk: RateDesk, _ automations: AutomationBook, _ reservation: Reservation
    ) {
        self.store = store
        self.surroundings = surroundings
        self.deployments = deployments
        self.limitDesk = limitDesk
        self.overlapDesk = overlapDesk
        self.rateDesk = rateDesk
        self.automations = automations
        self.reservation = reservation
        now = surroundings.now
        leaseTime = surroundings.leaseTime
    }

    /// What was told here, but for the first `count`.
    func told(from count: Int) -> [Notice] { Array(told.dropFirst(count)) }

    var notices: [Notice] {
        var notices = told
        let readyQueues = readyQueues.union(readyRuns.values)
        if !readyQueues.isEmpty { notices.append(.workReady(readyQueues)) }
        if let nextDue { notices.append(.dueLater(nextDue)) }
        return notices
    }

    /// Lets a run take an event, and stores what it becomes.
    ///
    /// - Throws: `IllegalTransition` when the event may not happen; then nothing is stored.
    @discardableResult
    mutating func advance(_ head: RunHead, by event: RunEvent) throws -> RunMachine {
        var machine = head.machine
        let effects = try decide(event, &machine)
        try commit(machine, over: head, effects)
        return machine
    }

    /// What comes of an event. Nothing is stored yet: that of several events may be, as one.
    func decide(_ event: RunEvent, _ machine: inout RunMachine) throws -> [RunEffect] {
        // What has been made ready stays ready when the clock is set back.
        let moment = if case .claimed = event { max(now, machine.due ?? now) } else { now }
        return try machine.handle(event, on: surroundings.occasion(at: moment))
    }

    mutating func commit(_ machine: RunMachine, over head: RunHead, _ effects: [RunEffect]) throws {
        guard !effects.isEmpty else { return }
        try store.save(machine, over: head, effects, at: now, leasesFrom: leaseTime)
        for effect in effects {
            switch effect {
            case .enter(let state):
                try noteEntered(state, head.id, batch: head.batchID, parent: head.parentTaskRunID)
            case .stop(let attempt, let agent, let reason):
                told.append(
                    .stop(
                        StopOrder(
                            runID: head.id, attempt: attempt, agentID: agent, grace: machine.policy.grace,
                            reason: reason)))
            case .releaseLease(let attempt, _):
                if let queue = head.queueID { readyQueues.insert(queue) }
                try endOfAttempt(at: head, attempt)
            case .grantLease: count(.attemptGranted)
            }
        }
        noteWaiting(head.id, machine, in: head.queueID)
    }

    /// Tells of a run that waits for an agent, now or later.
    mutating func noteWaiting(_ run: ID<FlowRun>, _ machine: RunMachine, in queue: ID<WorkQueue>?) {
        guard machine.isClaimable, let due = machine.due else { return }
        if due > now {
            nextDue = min(nextDue ?? due, due)
        } else if let queue {
            readyRuns[run] = queue
        }
    }

    /// Grants what became ready here, and what waited before it, to agents that wait.
    mutating func grantWhatBecameReady() throws {
        guard !readyRuns.isEmpty else { return }
        let seats = reservation.reserve()
        guard !seats.isEmpty else { return }
        claimed = try claim(for: seats)
        // The others may have been kept from an agent by somebody else's reservation: they are told of.
        for claimed in claimed { readyRuns[claimed.run.id] = nil }
        if claimed.count == Self.claimedAtOnce { noteReady(claimed.compactMap(\.run.queueID)) }
    }

    mutating func noteReady(_ queues: some Sequence<ID<WorkQueue>>) { readyQueues.formUnion(queues) }

    /// Rates let runs of these queues start then.
    mutating func noteOpenings(_ openings: [ID<WorkQueue>: Timestamp]) {
        guard let first = openings.values.min() else { return }
        rateDesk.note(openings.mapValues { now + ($0 - leaseTime) })
        nextDue = min(nextDue ?? .distantFuture, now + (first - leaseTime))
    }

    mutating func noteSchedulesChanged() { told.append(.schedulesChanged) }

    mutating func note(_ change: RunChange) { told.append(.runChanged(change)) }

    mutating func tell(_ notice: Notice) { told.append(notice) }

    mutating func count(_ event: Counters.Event) { events[event, default: 0] += 1 }
}
