public import Domain
import JSON
import Storage

/// Runs that are wanted of a deployment for times that have passed.
public struct BackfillRequest: Sendable {
    /// The logical dates are from here
    public var from: DayOrMoment
    /// to here, both included.
    public var to: DayOrMoment
    /// How far the dates are from each other; nothing for those of a schedule.
    public var every: Duration?
    /// The zone of `every`.
    public var zoneName: String?
    /// The slug or the id of one of the deployment's schedules; nothing for its only one.
    public var schedule: String?
    /// Whether the latest date goes first.
    public var isReverse = false
    /// How many of its runs may execute at once.
    public var maximumConcurrent: Int?
    public var rerun: Rerun = .failed
    /// What all of its runs have in common: parameters, tags and priority.
    public var template = RunRequest()
    public var name: String?
    /// Whether it is only said what would be run.
    public var isRehearsal = false

    public init(from: DayOrMoment, to: DayOrMoment) {
        self.from = from
        self.to = to
    }
}

/// What came of a backfill.
public struct Backfill: Sendable {
    /// Nothing when there is nothing to run, or when that was all that was asked.
    public let batch: ID<Batch>?
    /// What is run, in the order in which it begins.
    public let intervals: [DataInterval]
    /// How many are not, and why.
    public let omitted: [Rerun.Omission: Int]
}

extension Orchestrator {
    /// How many runs a backfill may have.
    public static let mostBackfilled = 100_000

    /// Makes the runs of a deployment for times that have passed: a batch, all of which is there at once or not at all.
    /// Those of one deployment are made one after the other: each sees what the earlier ones have made.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.invalid` for a span without dates, or with too many.
    public func backfill(_ request: BackfillRequest, of id: ID<Deployment>) async throws -> Backfill {
        try await backfillTurns.take(for: id) { try await backfillInTurn(request, of: id) }
    }

    private func backfillInTurn(_ request: BackfillRequest, of id: ID<Deployment>) async throws -> Backfill {
        let known = try await database.read { [deployments] in try deployments.deployment(id, in: $0) }
        let schedule = try await schedule(for: request, of: known.deployment)
        guard let zone = surroundings.timeZones.zone(named: schedule.zoneName) else {
            throw OrchestrationError.unknownZone(schedule.zoneName)
        }
        let all = try intervals(of: request, schedule, zone)
        let (intervals, omitted) = try await choose(among: all, request, of: id)
        guard !request.isRehearsal, !intervals.isEmpty else {
            return Backfill(batch: nil, intervals: intervals, omitted: omitted)
        }
        let name = request.name ?? RunNames.make(surroundings)
        let lines = request.lines(for: intervals, named: name, of: known, zone, now)
        let batch = try await submitBatch(
            AsyncStream(lines), to: id, named: name, maximumConcurrent: request.maximumConcurrent)
        return Backfill(batch: batch.id, intervals: intervals, omitted: omitted)
    }

    /// What is to be run, in its order, and how much is not.
    private func choose(
        among all: [DataInterval], _ request: BackfillRequest, of id: ID<Deployment>
    ) async throws -> (intervals: [DataInterval], omitted: [Rerun.Omission: Int]) {
        let states = try await database.read { try $0.stateTypes(of: id, all) }
        var omitted: [Rerun.Omission: Int] = [:]
        let intervals = all.filter { interval in
            guard let omission = request.rerun.omission(states[interval] ?? []) else { return true }
            omitted[omission, default: 0] += 1
            return false
        }
        return (request.isReverse ? intervals.reversed() : intervals, omitted)
    }

    private func intervals(
        of request: BackfillRequest, _ schedule: Schedule, _ zone: TimeZoneRules
    ) throws -> [DataInterval] {
        let (from, to) = (request.from.beginning(in: zone), request.to.end(in: zone))
        guard from <= to else {
            throw OrchestrationError.invalid("the span ends at \(to), before it begins, at \(from)")
        }
        let found = schedule.intervals(from: from, through: to, limit: Self.mostBackfilled + 1, in: zone)
        guard !found.isEmpty else {
            throw OrchestrationError.invalid(
                "there is no date from \(from) to \(to): the schedule does not fire in between")
        }
        guard found.count <= Self.mostBackfilled else {
            throw OrchestrationError.invalid(
                "there are more than \(Self.mostBackfilled) dates from \(from) to \(to): backfill them in parts")
        }
        return found
    }

    /// By what the dates are counted.
    private func schedule(for request: BackfillRequest, of deployment: Deployment) async throws -> Schedule {
        if let every = request.every {
            guard request.schedule == nil else {
                throw OrchestrationError.invalid("a backfill goes by \"every\" or by a schedule, not by both")
            }
            return try evenSchedule(every, request)
        }
        let schedules = try await database.read { try $0.schedules(of: deployment.id) }
        let names = schedules.map { $0.slug ?? $0.id.description }.joined(separator: ", ")
        if let name = request.schedule {
            guard let found = schedules.first(where: { $0.slug == name || $0.id.description == name }) else {
                throw OrchestrationError.notFound(
                    kind: "Schedule", name: name,
                    hint: names.isEmpty ? "the deployment has none" : "the deployment has \(names)")
            }
            return found.schedule
        }
        guard let only = schedules.first, schedules.count == 1 else {
            throw OrchestrationError.invalid(
                schedules.isEmpty
                    ? "the deployment has no schedule to go by: say how far the dates are from each other, by \"every\""
                    : "the deployment has several schedules: say which to go by (\(names)), or say \"every\"")
        }
        return only.schedule
    }

    private func evenSchedule(_ every: Duration, _ request: BackfillRequest) throws -> Schedule {
        guard let zone = surroundings.timeZones.zone(named: request.zoneName) else {
            throw OrchestrationError.unknownZone(request.zoneName)
        }
        do {
            let interval = try IntervalRecurrence(every: every, from: request.from.beginning(in: zone))
            return Schedule(.interval(interval), zoneName: request.zoneName)
        } catch {
            throw OrchestrationError.invalid("every: \(error)")
        }
    }
}

extension BackfillRequest {
    /// Its runs. They are due one after the other, all of them already, so that they begin in their order.
    fileprivate func lines(
        for intervals: [DataInterval], named name: String, of known: KnownDeployment, _ zone: TimeZoneRules,
        _ now: Timestamp
    ) -> [BatchLine] {
        intervals.enumerated().map { index, interval in
            var run = template
            run.parameters = template.parameters.merging(
                known.dates(of: interval, in: zone, besides: template.parameters))
            run.name = "\(known.deployment.name) \(interval.name(in: zone))"
            run.due = now - .microseconds(intervals.count - index)
            run.createdBy = ["id": .null, "type": .string(FlowRun.backfillType), "display_value": .string(name)]
            run.fire = RunFire(scheduleID: nil, fire: interval.end, interval: interval)
            return BatchLine(number: index + 1, request: run)
        }
    }
}

extension AsyncStream where Element: Sendable {
    fileprivate init(_ elements: [Element]) {
        self.init { continuation in
            for element in elements { continuation.yield(element) }
            continuation.finish()
        }
    }
}
