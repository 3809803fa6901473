/// How much of something may be done at once, or how often: a number of slots by a name, which clients take and give
/// back. Names are unique.
public struct ConcurrencyLimit: Sendable, Hashable {
    /// Of limits on the task runs that bear a tag.
    public static let tagPrefix = "tag:"
    /// Of limits that are parts of deployments.
    public static let deploymentPrefix = "deployment:"

    public let id: ID<ConcurrencyLimit>
    public var name: String
    /// How many slots there are.
    public var slots: Int
    /// An inactive limit is there and holds nobody back.
    public var isActive: Bool
    /// How many taken slots come free by themselves in a second; 0 for a limit whose slots are given back. It makes a
    /// limit on a rate.
    public var decay: Double
    /// How long a slot was held of late, on average: what waiting callers are told is made from it.
    public var meanOccupancy: Duration
    public var created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<ConcurrencyLimit>, name: String, slots: Int, isActive: Bool = true, decay: Double = 0,
        meanOccupancy: Duration = .seconds(2), created: Timestamp, updated: Timestamp
    ) {
        self.id = id
        self.name = name
        self.slots = slots
        self.isActive = isActive
        self.decay = decay
        self.meanOccupancy = meanOccupancy
        self.created = created
        self.updated = updated
    }

    public var decays: Bool { decay > 0 }

    /// The tag of the task runs that it is on, if it is on any.
    public var tag: String? {
        name.hasPrefix(Self.tagPrefix) ? String(name.dropFirst(Self.tagPrefix.count)) : nil
    }

    /// The deployment that it is a part of, if it is a part of one.
    public var deploymentID: ID<Deployment>? { Self.deployment(inName: name) }

    /// What a limit on task runs with a tag is called.
    public static func name(ofTag tag: String) -> String { tagPrefix + tag }

    /// What the limit of a deployment is called.
    public static func name(of deployment: ID<Deployment>) -> String { "\(deploymentPrefix)\(deployment)" }

    /// The deployment whose limit has that name, be there one or not.
    public static func deployment(inName name: String) -> ID<Deployment>? {
        name.hasPrefix(deploymentPrefix) ? ID(name.dropFirst(deploymentPrefix.count)) : nil
    }

    /// Remembers that slots were held for a time: a mean over about as many holds as twice the slots that there are, as
    /// Prefect's server keeps it.
    public mutating func noteOccupancy(_ time: Duration, slots: Int) {
        let mean = meanOccupancy.inSeconds
        let sample = min(max(time.inSeconds / Double(max(slots, 1)), 0.1), 1e9)
        let weight = 1 / Double(2 * max(self.slots, 1))
        meanOccupancy = .microseconds(Int64((mean + (sample - mean) * weight) * 1e6))
    }
}

/// A deployment's own limit, seen as one among the others: it has no row of its own.
extension ConcurrencyLimit {
    /// Nothing for a deployment that is not limited. The limit's id is that of the deployment.
    public init?(of deployment: Deployment) {
        guard let limit = deployment.concurrencyLimit else { return nil }
        self.init(
            id: deployment.id.cast(), name: Self.name(of: deployment.id), slots: limit, created: deployment.created,
            updated: deployment.updated)
    }
}
