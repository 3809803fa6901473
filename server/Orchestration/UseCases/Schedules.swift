public import Domain
public import JSON
import Storage

/// A schedule as it is wanted. Of one that exists, what is left out stays as it is.
public struct ScheduleRequest: Sendable {
    /// Needed for a new one.
    public var schedule: Schedule?
    public var isActive: Bool?
    public var maxScheduledRuns: Int?
    public var parameters: JSONObject?
    /// By which it is known again when its deployment is deployed anew.
    public var slug: String?
    /// The slug of the schedule whose place it takes, if that is not its own.
    public var replaces: String?
    public var daylightSaving: DaylightSaving?
    /// Nothing in it for what becomes of them without a policy.
    public var missed: MissedRuns??
    public var overlap: Overlap?
    public var jitter: Duration?
    /// When its deployment is deployed anew, one that exists stays active or paused, as somebody has made it.
    public var keepsActive = false

    public init() {}
}

/// What becomes of a deployment's schedules when it is changed.
public enum ScheduleEdit: Sendable {
    case none
    /// Where all of these and all that exist have slugs, only those that are named are changed or made. Otherwise these
    /// take the place of all that exist.
    case merge([ScheduleRequest])
    /// The only schedule becomes that one, or active or not, as clients of Prefect 2 say it who know of one only.
    case only(schedule: Schedule??, isActive: Bool?)
}

extension Orchestrator {
    /// A deployment's schedules, the one that was changed last first.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func schedules(of id: ID<Deployment>) async throws -> [DeploymentSchedule] {
        try await database.read { store in
            guard try store.deploymentUpdated(id) != nil else {
                throw OrchestrationError.notFound(kind: "Deployment", name: id.description)
            }
            return try store.schedules(of: id)
        }
    }

    /// Adds schedules to those that a deployment has.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` when a slug is taken; `.invalid` for an unknown zone.
    public func addSchedules(
        _ requests: [ScheduleRequest], to id: ID<Deployment>
    ) async throws -> [DeploymentSchedule] {
        try await change { change in
            _ = try change.store.deployment(id).orNotFound("Deployment", id)
            let added = try change.insertSchedules(requests, of: id)
            try change.restartSchedules(of: id)
            return added
        }
    }

    /// Changes a schedule. Its runs that nobody has begun are made anew.
    ///
    /// - Throws: `OrchestrationError.notFound`, `.conflict`, `.invalid`.
    public func updateSchedule(
        _ id: ID<DeploymentSchedule>, of deployment: ID<Deployment>, _ request: ScheduleRequest
    ) async throws {
        try await change { change in
            var schedule = try change.schedule(id, of: deployment)
            try change.apply(request, to: &schedule)
            try change.restartSchedules(of: deployment)
        }
    }

    /// Forgets a schedule and its runs that nobody has begun.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func deleteSchedule(_ id: ID<DeploymentSchedule>, of deployment: ID<Deployment>) async throws {
        try await change { change in
            let schedule = try change.schedule(id, of: deployment)
            try change.store.deleteSchedule(id)
            try change.removeScheduledRuns(of: deployment, by: schedule)
        }
    }

    /// Lets a deployment's schedules make no more runs, and takes back those that nobody has begun; or lets them go on.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func setPaused(_ isPaused: Bool, deployment id: ID<Deployment>) async throws {
        try await updateDeployment(id) { $0.isPaused = isPaused }
        guard isPaused else { return }
        try await change { change in
            // It may have been resumed meanwhile.
            guard try change.store.deployment(id)?.isPaused == true else { return }
            try change.removeScheduledRuns(of: id)
        }
    }

    /// Takes back what the schedules of a deployment have made that is about to be deleted, and nobody has begun.
    func removeScheduledRuns(of deployment: ID<Deployment>) async throws {
        try await change { change in try change.removeScheduledRuns(of: deployment) }
    }
}

extension Change {
    func schedule(
        _ id: ID<DeploymentSchedule>, of deployment: ID<Deployment>
    ) throws -> DeploymentSchedule {
        guard try store.deploymentUpdated(deployment) != nil else {
            throw OrchestrationError.notFound(kind: "Deployment", name: deployment.description)
        }
        guard let schedule = try store.schedule(id), schedule.deploymentID == deployment else {
            throw OrchestrationError.notFound(kind: "Schedule", name: id.description)
        }
        return schedule
    }

    /// Takes back the future runs of a deployment's schedules, which were made from what it or they were, and has them
    /// made anew at once.
    mutating func restartSchedules(of deployment: ID<Deployment>) throws {
        try removeScheduledRuns(of: deployment, dueAfter: now)
        try store.restartExpansion(of: deployment, at: now)
        noteSchedulesChanged()
    }

    func removeScheduledRuns(
        of deployment: ID<Deployment>, by schedule: DeploymentSchedule? = nil, dueAfter time: Timestamp? = nil
    ) throws {
        for run in try store.scheduledRuns(of: deployment, by: schedule, dueAfter: time) {
            guard let head = try store.head(run), head.machine.isClaimable else { continue }
            try store.deleteRun(head)
        }
    }

    /// Adds schedules whose runs are not made yet.
    func insertSchedules(
        _ requests: [ScheduleRequest], of deployment: ID<Deployment>
    ) throws -> [DeploymentSchedule] {
        var schedules = try store.schedules(of: deployment)
        let latest = schedules.map(\.updated).max()
        var added: [DeploymentSchedule] = []
        for (index, request) in requests.enumerated() {
            guard let wanted = request.schedule else {
                throw OrchestrationError.invalid(
                    "Unable to create new deployment schedules without a schedule configuration.")
            }
            // Each a little later than the one before it, so that they keep their order.
            let moment = (latest.map { later(than: $0) } ?? now) + .microseconds(index)
            var schedule = DeploymentSchedule(
                id: surroundings.newID(), deploymentID: deployment, schedule: wanted, created: moment, updated: moment)
            try fill(&schedule, from: request)
            try check(schedule, beside: schedules)
            try store.insert(schedule)
            schedules.append(schedule)
            added.append(schedule)
        }
        return added
    }

    /// Stores what a request says of a schedule.
    func apply(_ request: ScheduleRequest, to schedule: inout DeploymentSchedule) throws {
        try fill(&schedule, from: request)
        schedule.updated = later(than: schedule.updated)
        try check(schedule, beside: try store.schedules(of: schedule.deploymentID))
        try store.update(schedule)
    }

    private func fill(_ schedule: inout DeploymentSchedule, from request: ScheduleRequest) throws {
        if let wanted = request.schedule {
            let rule = schedule.schedule.daylightSaving
            schedule.schedule = wanted.anchored(at: now)
            schedule.schedule.daylightSaving = rule
        }
        if let rule = request.daylightSaving { schedule.schedule.daylightSaving = rule }
        schedule.isActive = request.isActive ?? schedule.isActive
        schedule.maxScheduledRuns = request.maxScheduledRuns ?? schedule.maxScheduledRuns
        schedule.parameters = request.parameters ?? schedule.parameters
        schedule.slug = request.slug ?? schedule.slug
        schedule.missed = request.missed ?? schedule.missed
        schedule.overlap = request.overlap ?? schedule.overlap
        schedule.jitter = request.jitter ?? schedule.jitter
    }

    private func check(_ schedule: DeploymentSchedule, beside others: [DeploymentSchedule]) throws {
        let zone = schedule.schedule.zoneName
        guard surroundings.timeZones.zone(named: zone) != nil else {
            throw OrchestrationError.unknownZone(zone)
        }
        guard !schedule.isTooFrequentToJudge else {
            throw OrchestrationError.invalid(
                "a schedule with jitter, or with a policy for missed runs or for overlap, has an interval of a second "
                    + "or more")
        }
        let isTaken = others.contains { $0.slug == schedule.slug && $0.id != schedule.id }
        guard schedule.slug == nil || !isTaken else {
            throw OrchestrationError.conflict("Schedule slugs must be unique within a deployment.")
        }
    }
}
