import Domain
import Storage

/// Notes what is not kept of what is expected of deployments: runs that begin too late or execute for too long, and
/// runs that are missing. Each is told once.
public struct LevelWatcher: Loop {
    private static let chunk = 100
    private static let interval: Duration = .seconds(10)
    /// What ended so long before the last look is looked at again: its end may have been reported since.
    private static let memory: Duration = .seconds(60)
    /// How long after its start a server waits for what agents have to report of the time when it was not there.
    public static let patience: Duration = .seconds(30)

    private let orchestrator: Orchestrator
    private let start: Timestamp

    /// - Parameter start: when this server was started.
    public init(_ orchestrator: Orchestrator, startedAt start: Timestamp) {
        self.orchestrator = orchestrator
        self.start = start
    }

    public var name: String { "level-watcher" }

    /// - Returns: the time until the next run may be beyond what is expected.
    public func tick(at now: Timestamp) async throws -> Duration {
        guard try await orchestrator.database.read({ try $0.hasServiceLevels() }) else { return Self.interval }
        try await tellOverdue(at: now)
        let patience = start + Self.patience - now
        guard patience <= .zero else { return min(patience, .seconds(1)) }
        try await tellOverlong(at: now)
        let missing = try await tellMissing(at: now)
        let next = try await orchestrator.database.read { try $0.nextLevelEnd(after: now) }
        guard let next = [next, missing].compactMap(\.self).min() else { return Self.interval }
        // (A moment is exceeded a microsecond later.)
        return min(max(next - now + .milliseconds(1), .milliseconds(500)), Self.interval)
    }

    // MARK: - Runs

    private func tellOverdue(at now: Timestamp) async throws {
        while true {
            let late = try await orchestrator.database.read { try $0.overdueRuns(at: now, limit: Self.chunk) }
            guard !late.isEmpty else { return }
            try await orchestrator.change { change in
                for run in late {
                    guard let bound = run.level.level.late,
                        let since = run.level.level.overdue(since: run.begun, begun: nil, at: now)
                    else { continue }
                    try change.note(.late, bound, of: run, since: since)
                }
            }
            guard late.count == Self.chunk else { return }
        }
    }

    private func tellOverlong(at now: Timestamp) async throws {
        let looked = try await orchestrator.database.read { try $0.levelsLooked() }
        let from = (looked ?? now) - Self.memory
        while true {
            let (executing, ended) = try await orchestrator.database.read { store in
                (
                    try store.overlongRuns(at: now, limit: Self.chunk),
                    try store.runsEndedOverlong(after: from, limit: Self.chunk)
                )
            }
            let runs = executing + ended
            guard !runs.isEmpty else { break }
            try await orchestrator.change { change in
                for run in runs {
                    guard let bound = run.level.level.duration,
                        let since = run.level.level.overlong(from: run.begun, to: run.ended, at: now)
                    else { continue }
                    try change.note(.duration, bound, of: run, since: since)
                }
            }
            guard executing.count == Self.chunk || ended.count == Self.chunk else { break }
        }
        guard looked.map({ now - $0 >= Self.memory }) ?? true else { return }
        try await orchestrator.change { change in try change.store.setLevelsLooked(now) }
    }

    // MARK: - Missing runs

    /// - Returns: when a run may be missing next.
    private func tellMissing(at now: Timestamp) async throws -> Timestamp? {
        let levels = try await orchestrator.database.read { try $0.serviceLevels(expectingRuns: true) }
        let zones = orchestrator.surroundings.timeZones
        let verdicts = try await orchestrator.database.read { store in
            try levels.compactMap { level -> (StoredLevel, AbsenceVerdict)? in
                guard let zone = zones.zone(named: level.zoneName) else { return nil }
                return try store.judge(level, at: now, in: zone).map { (level, $0) }
            }
        }
        let changed = verdicts.filter { level, verdict in
            !verdict.breaches.isEmpty || verdict.judged - level.judged >= Self.memory
        }
        if !changed.isEmpty {
            try await orchestrator.change { change in
                for (level, _) in changed { try change.tellMissing(of: level.deploymentID, at: now) }
            }
        }
        return verdicts.compactMap(\.1.next).min()
    }
}

extension StoredLevel {
    fileprivate var zoneName: String? {
        guard case .by(let time) = level.missing else { return nil }
        return time.zoneName
    }
}

extension Store {
    fileprivate func judge(
        _ stored: StoredLevel, at now: Timestamp, in zone: TimeZoneRules
    ) throws -> AbsenceVerdict? {
        try stored.level.missing?.judge(from: stored.judged, at: now, in: zone) { after, through in
            let found = try lastCompletion(of: stored.deploymentID, after: after, through: through)
            guard found == nil, let seen = stored.completed, seen > after, seen <= through else { return found }
            return seen
        }
    }
}

extension Change {
    fileprivate mutating func note(
        _ kind: ServiceLevel.Kind, _ bound: Duration, of run: LevelledRun, since: Timestamp
    ) throws {
        try note(
            LevelBreach(
                id: surroundings.newID(), deploymentID: run.level.deploymentID, runID: run.id, runName: run.name,
                kind: kind, bound: .span(bound), since: since, told: now))
    }

    /// Judged again, in the transaction that tells: it may have become another level since.
    fileprivate mutating func tellMissing(of deployment: ID<Deployment>, at moment: Timestamp) throws {
        guard var stored = try store.serviceLevel(of: deployment), let missing = stored.level.missing,
            let zone = surroundings.timeZones.zone(named: stored.zoneName),
            let verdict = try store.judge(stored, at: moment, in: zone)
        else { return }
        let bound: ServiceLevel.Bound =
            switch missing {
            case .longerThan(let span): .span(span)
            case .by(let time): .time(time)
            }
        for since in verdict.breaches {
            try note(
                LevelBreach(
                    id: surroundings.newID(), deploymentID: deployment, kind: .missing, bound: bound, since: since,
                    told: now))
        }
        stored.judged = verdict.judged
        stored.completed =
            try store.lastCompletion(of: deployment, after: Timestamp(microseconds: 0), through: moment)
            ?? stored.completed
        try store.save(stored)
    }
}
