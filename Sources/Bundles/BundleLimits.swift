/// How large a bundle may be. Packing and unpacking know the same limits, so what packs unpacks.
public struct BundleLimits: Sendable {
    /// Bytes of the archive, headers and padding included. There is no compression, so this bounds its content too.
    public var archiveBytes: Int
    /// Files, links and folders together.
    public var entries: Int

    /// The bytes of a path and of a link's target.
    static let pathBytes = 1024
    /// The names in a path. Keeps every walk over a tree shallow.
    static let pathDepth = 100
    /// The bytes of one name: what Linux allows.
    static let nameBytes = 255

    public init(archiveBytes: Int = 64 << 20, entries: Int = 50_000) {
        self.archiveBytes = archiveBytes
        self.entries = entries
    }
}
