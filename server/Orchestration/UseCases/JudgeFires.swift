import Domain
import Storage

/// Runs of schedules that are judged when their time has come: whether they start, wait for an earlier one to end, take
/// its place, or are skipped.
extension Change {
    /// How many are judged in one transaction.
    static let judgedAtOnce = 200

    /// Judges the runs whose time has come.
    ///
    /// - Returns: how many those were, `judgedAtOnce` at most.
    mutating func judgeDueFires() throws -> Int {
        let due = try store.runsAtGate(limit: Self.judgedAtOnce)
        for run in due { try judge(run, waits: false) }
        return due.count
    }

    /// Judges again what waits for earlier runs, and notes whose end it waits for.
    mutating func judgeHeldFires() throws {
        for schedule in try store.schedulesWithHeldRuns() { try judgeHeldFires(of: schedule) }
    }

    /// A run has ended: what has waited for that, if anything has, starts.
    mutating func judgeFires(after run: ID<FlowRun>) throws {
        guard let schedule = overlapDesk.takeSchedule(awaiting: run) else { return }
        try judgeHeldFires(of: schedule)
    }

    private mutating func judgeHeldFires(of schedule: ID<DeploymentSchedule>) throws {
        var previous: ID<FlowRun>?
        // The first may start, and then the next waits for that.
        while let run = try store.firstHeldRun(of: schedule), run != previous {
            previous = run
            try judge(run, waits: true)
        }
    }

    private mutating func judge(_ run: ID<FlowRun>, waits: Bool) throws {
        guard let head = try store.head(run) else { return }
        guard head.machine.isClaimable, let fire = try store.fire(of: run),
            let schedule = try fire.scheduleID.flatMap({ try store.schedule($0) }),
            let zone = surroundings.timeZones.zone(named: schedule.schedule.zoneName)
        else { return try start(head) }
        try store.closeEndedFires(of: schedule.id, before: fire.fire)
        let earlier =
            schedule.overlap == .allow ? [] : try store.unfinishedRuns(of: schedule.id, before: fire.fire)
        let blocker = try earlier.first.flatMap { try store.run($0) }.map { "\($0.name) (\($0.id))" }
        switch schedule.verdict(on: fire.fire, at: now, waits: waits, blocker: blocker, in: zone) {
        case .start: try start(head)
        case .wait: try hold(head, of: schedule.id, behind: earlier)
        case .skip(let reason):
            try advance(try placed(head), by: .cancelRequested(reason: reason))
        case .replace: try replace(earlier, by: head, of: schedule.id)
        }
    }

    private mutating func start(_ head: RunHead) throws {
        let head = try placed(head)
        guard head.laneID != nil else { return }
        noteWaiting(head.id, head.machine, in: head.queueID)
    }

    /// The run where the runs of its deployment wait for whoever executes them.
    private func placed(_ head: RunHead) throws -> RunHead {
        let deployment = try head.deploymentID.flatMap { try store.deployment($0) }
        let tags = try store.run(head.id)?.tags ?? []
        let lane = try deployment.flatMap {
            try self.lane(of: $0, queue: head.queueID, batch: head.batchID, tags: tags)
        }
        try store.move(judged: head.id, to: lane)
        return RunHead(
            id: head.id, version: head.version, deploymentID: head.deploymentID, queueID: head.queueID,
            batchID: head.batchID, laneID: lane, parentTaskRunID: head.parentTaskRunID, machine: head.machine)
    }

    private func hold(
        _ head: RunHead, of schedule: ID<DeploymentSchedule>, behind earlier: [ID<FlowRun>]
    ) throws {
        overlapDesk.await(earlier, for: schedule)
        try store.move(judged: head.id, to: try store.gate(.held, queue: head.queueID))
    }

    /// Cancels the earlier runs. Those that nobody executes have ended with that.
    private mutating func replace(
        _ earlier: [ID<FlowRun>], by head: RunHead, of schedule: ID<DeploymentSchedule>
    ) throws {
        // First it waits: an earlier one that ends here lets it start.
        try hold(head, of: schedule, behind: earlier)
        let reason = "replaced by the next run of its schedule (\(head.id))"
        var ended = true
        for run in earlier {
            guard let head = try store.head(run), !head.machine.state.type.isTerminal else { continue }
            if head.machine.state.type == .cancelling {
                ended = false
            } else if try !advance(head, by: .cancelRequested(reason: reason)).state.type.isTerminal {
                ended = false
            }
        }
        guard ended, let own = try store.head(head.id), try store.isHeld(own.id) else { return }
        try start(own)
    }
}

extension Explanation.Reason {
    /// What keeps back a run that waits for the end of an earlier one of its schedule.
    static func overlap(_ run: ID<FlowRun>, in store: Store) throws -> Explanation.Reason? {
        guard try store.isHeld(run), let fire = try store.fire(of: run), let schedule = fire.scheduleID,
            let earlier = try store.unfinishedRuns(of: schedule, before: fire.fire).first,
            let blocker = try store.run(earlier)
        else { return nil }
        let name = try store.schedule(schedule).map { $0.slug ?? $0.id.description } ?? schedule.description
        return Explanation.Reason(
            code: "overlap",
            message: "the runs of its schedule \(name) follow one another: it waits for the end of "
                + "\(blocker.name) (\(blocker.id)), which is \(blocker.state.name)",
            remedy: "wait, or end that one: sluice cancel \(blocker.id)")
    }
}
