public import Domain

/// Looks into buckets.
public protocol ObjectLister: Sendable {
    /// What is at a source, whose placeholders have been replaced by what they stand for.
    ///
    /// - Parameter limit: how many objects at most.
    /// - Throws: when that cannot be known, with a reason for people that holds no secret.
    func objects(at source: ObjectSource, limit: Int) async throws -> SeenObjects
}

/// What a look has found.
public struct SeenObjects: Sendable {
    public var objects: [SeenObject]
    /// Whether there are no more.
    public var isComplete: Bool

    public init(_ objects: [SeenObject], isComplete: Bool = true) {
        self.objects = objects
        self.isComplete = isComplete
    }
}
