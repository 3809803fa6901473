import JSON

/// What becomes of a run that is to start while all of its deployment's slots are held. The names are Prefect's.
public enum CollisionStrategy: String, Sendable, Hashable, CaseIterable {
    /// It waits for a slot.
    case enqueue = "ENQUEUE"
    /// It is cancelled.
    case cancelNew = "CANCEL_NEW"
}

extension Deployment {
    /// What becomes of its runs that find its limit reached.
    public var collisionStrategy: CollisionStrategy {
        let wanted = extras["concurrency_options"]?["collision_strategy"]?.stringValue
        return wanted.flatMap { CollisionStrategy(rawValue: $0) } ?? .enqueue
    }
}
