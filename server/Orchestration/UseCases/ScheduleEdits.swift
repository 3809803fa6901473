import Domain
import JSON
import Storage

/// How the schedules of a deployment follow its being deployed and changed: the rules are those of Prefect's server.
extension Change {
    /// Gives a deployment these schedules and no others. One that it had already keeps its identity, and with it the runs
    /// that somebody has begun: known by its slug, or by being the same.
    mutating func replaceSchedules(of deployment: Deployment, with requests: [ScheduleRequest]) throws {
        var present = try store.schedules(of: deployment.id)
        guard !present.isEmpty || !requests.isEmpty else { return }
        var (added, kept): ([ScheduleRequest], [(ScheduleRequest, DeploymentSchedule)]) = ([], [])
        for request in requests {
            if let index = present.firstIndex(where: request.means) {
                kept.append((request, present.remove(at: index)))
            } else {
                added.append(request)
            }
        }
        for schedule in present {
            try store.deleteSchedule(schedule.id)
            try removeScheduledRuns(of: deployment.id, by: schedule)
        }
        for (request, schedule) in kept {
            var schedule = schedule
            try apply(request.complete(over: schedule), to: &schedule)
        }
        _ = try insertSchedules(added, of: deployment.id)
        try restartSchedules(of: deployment.id)
    }

    mutating func edit(_ edit: ScheduleEdit, of deployment: Deployment) throws {
        switch edit {
        case .none: break
        case .merge(let requests): try mergeSchedules(of: deployment, with: requests)
        case .only(let schedule, let isActive): try setOnlySchedule(of: deployment, schedule, isActive)
        }
    }

    private mutating func mergeSchedules(of deployment: Deployment, with requests: [ScheduleRequest]) throws {
        let present = try store.schedules(of: deployment.id)
        guard !present.isEmpty, present.allSatisfy({ $0.slug != nil }) else {
            return try replaceSchedules(of: deployment, with: requests.filter { $0.schedule != nil })
        }
        guard requests.allSatisfy({ $0.slug != nil }) else {
            throw OrchestrationError.invalid(
                "Please provide a slug for each schedule in your request to ensure schedules are updated correctly.")
        }
        try checkReplacements(requests, of: present)
        var (added, changed): ([ScheduleRequest], [(ScheduleRequest, DeploymentSchedule)]) = ([], [])
        for request in requests {
            if let schedule = present.first(where: { $0.slug == request.replaces ?? request.slug }) {
                changed.append((request, schedule))
            } else {
                added.append(request)
            }
        }
        // Slugs that are given away are free before anybody takes them.
        for (request, var schedule) in changed where request.replaces != nil {
            schedule.slug = nil
            try store.update(schedule)
        }
        for (request, var schedule) in changed { try apply(request, to: &schedule) }
        _ = try insertSchedules(added, of: deployment.id)
        try restartSchedules(of: deployment.id)
    }

    private func checkReplacements(_ requests: [ScheduleRequest], of present: [DeploymentSchedule]) throws {
        var replaced: Set<String> = []
        for slug in requests.compactMap(\.replaces) where !replaced.insert(slug).inserted {
            throw OrchestrationError.invalid("Multiple schedules have 'replaces' targeting the same slug: \(slug)")
        }
        let slugs = Set(present.compactMap(\.slug))
        for request in requests {
            guard let slug = request.slug, let old = request.replaces else { continue }
            guard slugs.contains(slug), !replaced.contains(slug) else { continue }
            throw OrchestrationError.invalid(
                "Cannot rename schedule from '\(old)' to '\(slug)': a schedule with slug '\(slug)' already exists.")
        }
    }

    private mutating func setOnlySchedule(
        of deployment: Deployment, _ schedule: Schedule??, _ isActive: Bool?
    ) throws {
        let present = try store.schedules(of: deployment.id)
        guard present.count <= 1 else {
            throw OrchestrationError.invalid(
                "Error updating deployment: Deployment \(deployment.id) has multiple schedules. "
                    + "Please use the UI or update your client to adjust this deployment's schedules.")
        }
        var request = ScheduleRequest()
        request.schedule = schedule ?? present.first?.schedule
        request.isActive = isActive ?? present.first?.isActive
        try replaceSchedules(of: deployment, with: request.schedule == nil ? [] : [request])
    }
}

extension ScheduleRequest {
    /// Whether a schedule that exists is the one that is wanted.
    fileprivate func means(_ present: DeploymentSchedule) -> Bool {
        if slug != nil || present.slug != nil { return slug == present.slug }
        return schedule == present.schedule && (parameters ?? [:]) == present.parameters
    }

    /// The same, with what it leaves out as a new schedule has it.
    fileprivate func complete(over present: DeploymentSchedule) -> ScheduleRequest {
        var request = self
        request.isActive = isActive ?? (keepsActive ? present.isActive : true)
        request.parameters = parameters ?? [:]
        request.missed = missed ?? .some(nil)
        request.overlap = overlap ?? .allow
        request.jitter = jitter ?? .zero
        return request
    }
}
