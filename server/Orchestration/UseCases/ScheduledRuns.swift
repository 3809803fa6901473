public import Domain
import JSON
import Storage

/// Which runs of a deployment's schedules are to be made, when somebody asks for them.
public struct ScheduledRunsRequest: Sendable {
    /// Nothing for now. May be in the past: that is how Prefect's clients make up for times that were missed.
    public var start: Timestamp?
    /// Nothing for a hundred days after `start`.
    public var end: Timestamp?
    public var minimumTime: Duration?
    public var minimumRuns: Int?
    public var maximumRuns: Int?

    public init() {}
}

extension Orchestrator {
    /// How many runs are made in one transaction: few enough that nobody else waits long.
    static let expansionChunk = 200
    /// How many runs somebody may ask for.
    public static let mostRunsAsked = 10_000

    /// Makes the runs of a deployment's active schedules in a span of time, be it paused or not, that do not exist yet:
    /// all those of so much time, and so many, but no more than so many, of each schedule.
    public func makeScheduledRuns(_ request: ScheduledRunsRequest, of id: ID<Deployment>) async throws {
        let most = request.maximumRuns ?? ExpansionLimits.most
        guard (0...Self.mostRunsAsked).contains(most) else {
            throw OrchestrationError.invalid("max_runs is from 0 to \(Self.mostRunsAsked)")
        }
        let start = request.start ?? now
        let settled = start + (request.minimumTime ?? ExpansionLimits.shortest)
        let fewest = request.minimumRuns ?? ExpansionLimits.fewest
        let end = request.end ?? start + ExpansionLimits.longest
        let schedules = try await database.read { try $0.schedules(of: id) }
        for schedule in schedules where schedule.isActive {
            guard let zone = surroundings.timeZones.zone(named: schedule.schedule.zoneName) else { continue }
            var fires: [Timestamp] = []
            for fire in schedule.schedule.fires(after: start - .microseconds(1), until: end, in: zone) {
                guard fires.count < most else { break }
                fires.append(fire)
                if fires.count >= fewest, fire >= settled { break }
            }
            try await makeRuns(of: schedule, for: fires)
        }
    }

    private func makeRuns(of schedule: DeploymentSchedule, for fires: [Timestamp]) async throws {
        for start in stride(from: 0, to: fires.count, by: Self.expansionChunk) {
            let chunk = fires[start..<min(start + Self.expansionChunk, fires.count)]
            try await change { change in
                guard try change.store.schedule(schedule.id)?.updated == schedule.updated else { return }
                try change.makeRuns(of: schedule, for: chunk)
            }
        }
    }
}

extension Change {
    /// Makes those runs of a schedule that do not exist yet.
    ///
    /// - Parameter fires: times that follow one another, without any of the schedule's between them.
    mutating func makeRuns(of schedule: DeploymentSchedule, for fires: some Sequence<Timestamp>) throws {
        guard let zone = surroundings.timeZones.zone(named: schedule.schedule.zoneName) else { return }
        let known = try deployments.deployment(schedule.deploymentID, in: store)
        var request = RunRequest()
        request.parameters = schedule.parameters
        request.tags = ["auto-scheduled"]
        request.createdBy = schedule.creator
        request.isAutoScheduled = true
        request.isJudged = schedule.judgesRuns
        let common = known.parametersUnchecked(for: request)
        var previous: Timestamp?
        for fire in fires {
            let interval =
                previous.map { DataInterval(start: $0, end: fire) }
                ?? schedule.schedule.interval(endingAt: fire, in: zone)
            // With jitter, those in between may have been left out as too late.
            previous = schedule.jitter > .zero ? nil : fire
            let dates = known.dates(of: interval, in: zone, besides: schedule.parameters)
            request.parameters = schedule.parameters.merging(dates)
            request.initialState = firstState(
                type: .scheduled, due: schedule.due(for: fire), message: "Flow run scheduled")
            request.idempotencyKey = schedule.idempotencyKey(for: fire, in: zone)
            request.fire = RunFire(scheduleID: schedule.id, fire: fire, interval: interval)
            let parameters = dates.isEmpty ? common : known.parametersUnchecked(for: request)
            _ = try submit(request, to: known, parameters)
        }
    }
}

extension KnownDeployment {
    /// The parameters that tell a run of its dates, but for those that are given.
    func dates(of interval: DataInterval, in zone: TimeZoneRules, besides given: JSONObject) -> JSONObject {
        var dates = JSONObject()
        for (name, value) in interval.parameters(of: deployment.parameterSchema, in: zone) {
            if !given.contains(key: name) { dates[name] = value }
        }
        return dates
    }

    /// The parameters that a run will have, be they valid or not: nobody is there to be told. A run that has the wrong
    /// ones fails when it is to begin, which shows.
    fileprivate func parametersUnchecked(for request: RunRequest) -> JSONObject {
        (try? parameters(for: request)) ?? deployment.parameters.merging(request.parameters)
    }
}
