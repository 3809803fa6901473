public import Domain

/// A bucket of an object store, to read from. Each call asks the store; nothing is kept.
public protocol Bucket: Sendable {
    /// The objects whose keys begin with a prefix, in the order of the keys' bytes.
    ///
    /// - Parameters:
    ///   - prefix: an empty one for all objects.
    ///   - limit: how many at most; the store is asked for no more pages than that takes.
    func list(prefix: String, limit: Int) async throws(ObjectStorageError) -> ObjectListing

    /// What is known of one object.
    ///
    /// - Throws: ``ObjectStorageError/Cause/missing(_:)`` when there is none.
    func stat(_ key: String) async throws(ObjectStorageError) -> StoredObject

    /// Writes one object into a file, piece by piece. When that fails no file is left.
    ///
    /// - Parameters:
    ///   - revision: the one that is wanted; nil for what is there now.
    ///   - path: of the file, which is made or overwritten, for its owner alone.
    ///   - limit: how many bytes at most.
    /// - Throws: ``ObjectStorageError/Cause/changed`` when the object has another revision by now.
    func fetch(
        _ key: String, revision: String?, to path: String, limit: Int
    ) async throws(ObjectStorageError) -> StoredObject
}

/// An object as its store describes it.
public struct StoredObject: Sendable, Hashable {
    public var key: String
    /// What changes with the content: the ETag without its quotation marks, or the generation at Google. To be compared
    /// only: it is no digest of the content.
    public var revision: String
    /// In bytes.
    public var size: Int
    /// When it was last written; nil if the store does not say.
    public var changed: Timestamp?

    public init(key: String, revision: String, size: Int, changed: Timestamp?) {
        self.key = key
        self.revision = revision
        self.size = size
        self.changed = changed
    }
}

/// Objects under a prefix.
public struct ObjectListing: Sendable, Hashable {
    public var objects: [StoredObject]
    /// Whether there are none but these.
    public var isComplete: Bool

    public init(objects: [StoredObject], isComplete: Bool) {
        self.objects = objects
        self.isComplete = isComplete
    }
}
