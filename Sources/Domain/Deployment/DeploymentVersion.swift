/// A deployment as it was once. Each change of what its runs would be makes a version, numbered from 1.
public struct DeploymentVersion: Sendable, Hashable {
    /// The deployment as this version has it. Its name, its flow, whether it is paused and how long its runs are kept
    /// are those of today: they are no part of a version.
    public let deployment: Deployment
    /// The number of the version that this one repeats, if a rollback made it.
    public let restoredFrom: Int?

    public init(deployment: Deployment, restoredFrom: Int?) {
        self.deployment = deployment
        self.restoredFrom = restoredFrom
    }

    /// From 1, the first, without gaps.
    public var number: Int { deployment.versionNumber }
    /// When it was made.
    public var created: Timestamp { deployment.updated }
}

extension Deployment {
    /// Whether nothing is different that belongs to a version.
    public func hasSameContent(as other: Deployment) -> Bool { self == taking(other) }

    /// Becomes what a version says, and stays what no version says.
    public mutating func restore(_ version: DeploymentVersion) { self = taking(version.deployment) }

    private func taking(_ other: Deployment) -> Deployment {
        var taken = other
        taken.name = name
        taken.flowID = flowID
        taken.isPaused = isPaused
        taken.retention = retention
        taken.versionNumber = versionNumber
        taken.created = created
        taken.updated = updated
        return taken
    }
}
