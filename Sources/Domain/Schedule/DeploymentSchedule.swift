public import JSON

/// A schedule by which runs of a deployment are made.
public struct DeploymentSchedule: Sendable, Hashable {
    public let id: ID<DeploymentSchedule>
    public let deploymentID: ID<Deployment>
    public var schedule: Schedule
    /// One that is not makes no runs.
    public var isActive: Bool
    /// How many runs it is ahead by at most; nothing for as many as any other.
    public var maxScheduledRuns: Int?
    /// Laid over the deployment's parameters.
    public var parameters: JSONObject
    /// What those who deploy it know it by: no other schedule of the deployment has the same.
    public var slug: String?
    /// What becomes of times that passed while nobody was there; nothing for: what was made ahead starts late, and no
    /// other run is made.
    public var missed: MissedRuns?
    public var overlap: Overlap
    /// How much later than its time a run may start: see `due(for:)`.
    public var jitter: Duration
    public let created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<DeploymentSchedule>, deploymentID: ID<Deployment>, schedule: Schedule, isActive: Bool = true,
        maxScheduledRuns: Int? = nil, parameters: JSONObject = [:], slug: String? = nil,
        missed: MissedRuns? = nil, overlap: Overlap = .allow, jitter: Duration = .zero, created: Timestamp,
        updated: Timestamp
    ) {
        self.id = id
        self.deploymentID = deploymentID
        self.schedule = schedule
        self.isActive = isActive
        self.maxScheduledRuns = maxScheduledRuns
        self.parameters = parameters
        self.slug = slug
        self.missed = missed
        self.overlap = overlap
        self.jitter = jitter
        self.created = created
        self.updated = updated
    }
}

extension DeploymentSchedule {
    /// What its runs say of who made them.
    public var creator: JSONValue {
        ["id": id.json, "type": "SCHEDULE", "display_value": .string(slug ?? schedule.kind)]
    }

    /// By which a run for that time is known to exist already: the form is that of Prefect's server.
    public func idempotencyKey(for time: Timestamp, in zone: TimeZoneRules) -> String {
        "\(keyPrefix)\(time.described(in: zone))"
    }

    /// What the keys of all its runs begin with.
    public var keyPrefix: String { "scheduled \(deploymentID) \(id) " }
}

extension Timestamp {
    /// Date, time and offset as Python writes them: `2026-11-21 02:00:00+01:00`.
    fileprivate func described(in zone: TimeZoneRules) -> String {
        let offset = zone.offset(at: self)
        let local = Timestamp(microseconds: microseconds + offset * 1_000_000)
        var text = [UInt8](local.description.utf8)
        text[10] = UInt8(ascii: " ")
        text.removeLast(microseconds.isMultiple(of: 1_000_000) ? 8 : 1)
        text.append(UInt8(ascii: offset < 0 ? "-" : "+"))
        text.appendDecimal(abs(offset) / 3600, width: 2)
        text.appendDecimal(abs(offset) / 60 % 60, width: 2, after: ":")
        return String(decoding: text, as: UTF8.self)
    }
}
