import Glibc
import Synchronization

/// An agent's unpacked bundles, each in a folder named by its digest.
///
/// Only complete folders count: one is renamed into its place when all of it is on disk, and renamed out of it before
/// it is removed. One process owns a cache. Whoever uses a bundle holds a ``BundleLease``, and pruning spares it.
public final class BundleCache: Sendable {
    private struct State {
        /// How many leases of each bundle are held.
        var leases: [BundleDigest: Int] = [:]
        /// The bundles that are being unpacked, and who waits for each.
        var installing: [BundleDigest: [CheckedContinuation<Void, Never>]] = [:]
    }

    private static let removedPrefix = "removed-"

    private let root: String
    private let unpacker: BundleUnpacker
    private let mostBytes: Int?
    private let state = Mutex(State())
    /// One prune at a time: two would trip over what the other removes.
    private let pruning = Mutex(())

    /// Opens a cache, makes its folder if need be, and removes what a crash has left half done.
    /// - Parameters:
    ///   - root: the folder; its parent must be there.
    ///   - mostBytes: what the cache is pruned to whenever something has been added; nil leaves that to others.
    /// - Throws: `BundleError.system`.
    public init(
        _ root: String, limits: BundleLimits = BundleLimits(), mostBytes: Int? = nil
    ) throws(BundleError) {
        self.root = root
        self.mostBytes = mostBytes
        unpacker = BundleUnpacker(limits: limits)
        guard mkdir(root, 0o755) == 0 || errno == EEXIST else { throw .system("make the folder", root) }
        for (name, _) in try FileTree.entries(in: root) {
            let name = String(decoding: name, as: UTF8.self)
            let isLeftOver = name.contains(BundleUnpacker.partialSuffix) || name.hasPrefix(Self.removedPrefix)
            if isLeftOver { try FileTree.remove("\(root)/\(name)") }
        }
    }

    /// Where a bundle is, if it is complete. To use it, hold a lease: without one it may be pruned at any time.
    public func directory(for digest: BundleDigest) -> String? {
        let path = "\(root)/\(digest)"
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR ? path : nil
    }

    /// Takes a bundle into use; nil if it is not there. Counts as its latest use.
    public func lease(_ digest: BundleDigest) -> BundleLease? {
        state.withLock { lease(digest, &$0) }
    }

    private func lease(_ digest: BundleDigest, _ state: inout State) -> BundleLease? {
        guard let directory = directory(for: digest) else { return nil }
        state.leases[digest, default: 0] += 1
        // The folder's own time is that of its last use, since it outlives a restart. Failure costs only the order.
        utimensat(AT_FDCWD, directory, nil, 0)
        return BundleLease(digest: digest, directory: directory, cache: self)
    }

    fileprivate func release(_ digest: BundleDigest) {
        state.withLock { state in
            let left = (state.leases[digest] ?? 0) - 1
            state.leases[digest] = left > 0 ? left : nil
        }
    }

    // MARK: Installing

    /// Unpacks an archive, unless the bundle is there already, and takes it into use. Of several calls for one digest
    /// at once, one unpacks and the others wait for it; if it fails, the next tries its own archive.
    /// - Throws: what is wrong with the archive.
    public func install(archive path: String, digest: BundleDigest) async throws(BundleError) -> BundleLease {
        try await install(digest) { [unpacker] target throws(BundleError) in
            try unpacker.unpack(archive: path, digest: digest, into: target)
        }
    }

    /// Unpacks somebody else's archive, unless what it is called is there already, and takes it into use, as
    /// ``install(archive:digest:)`` does.
    ///
    /// - Parameters:
    ///   - folder: of the archive, which is to be all; nil for everything.
    ///   - key: what the content is called in this cache.
    ///   - limits: what it may expand to.
    /// - Throws: what is wrong with the archive.
    public func install(
        foreign path: String, folder: String?, as key: BundleDigest, limits: BundleLimits
    ) async throws(BundleError) -> BundleLease {
        try await install(key) { target throws(BundleError) in
            try BundleUnpacker(limits: limits).unpack(foreign: path, folder: folder, into: target)
        }
    }

    /// Like ``install(archive:digest:)``, from memory.
    /// - Throws: what is wrong with the archive.
    public func install(_ bytes: [UInt8], digest: BundleDigest) async throws(BundleError) -> BundleLease {
        try await install(digest) { [unpacker] target throws(BundleError) in
            try unpacker.unpack(bytes, digest: digest, into: target)
        }
    }

    private enum Claim {
        case leased(BundleLease)
        /// The caller is to unpack.
        case granted
        /// Somebody else was at it, and has ended.
        case waited
    }

    private func install(
        _ digest: BundleDigest, _ unpack: @escaping @Sendable (String) throws(BundleError) -> Void
    ) async throws(BundleError) -> BundleLease {
        let target = "\(root)/\(digest)"
        while true {
            switch await claim(digest) {
            case .leased(let lease): return lease
            case .waited: continue
            case .granted: break
            }
            let outcome = await BlockingWork.run { () throws(BundleError) in try unpack(target) }
            let lease = endClaim(digest)
            try outcome.get()
            // What cannot be removed now may be next time; it is no reason to do without what has come.
            if let mostBytes { _ = try? await prune(to: mostBytes) }
            if let lease { return lease }
        }
    }

    private func claim(_ digest: BundleDigest) async -> Claim {
        let claim: Claim? = state.withLock { state in
            if let lease = lease(digest, &state) { return .leased(lease) }
            if state.installing[digest] != nil { return nil }
            state.installing[digest] = []
            return .granted
        }
        if let claim { return claim }
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                guard state.installing[digest] != nil else { return false }
                state.installing[digest]?.append(continuation)
                return true
            }
            if !mustWait { continuation.resume() }
        }
        return .waited
    }

    /// Wakes who waits; takes the bundle into use, if it is there, before anybody can prune it.
    private func endClaim(_ digest: BundleDigest) -> BundleLease? {
        let (waiting, taken) = state.withLock { state in
            (state.installing.removeValue(forKey: digest) ?? [], lease(digest, &state))
        }
        for continuation in waiting {
            continuation.resume()
        }
        return taken
    }

    // MARK: Pruning

    /// Removes bundles, the least recently used first, until what is left fits. Those in use stay, whatever their size.
    /// - Returns: the bytes of what was removed.
    /// - Throws: `BundleError.system`.
    @discardableResult
    public func prune(to bytes: Int) async throws(BundleError) -> Int {
        try await BlockingWork.run { () throws(BundleError) in
            try self.pruning.withLock { _ throws(BundleError) in try self.removeUnused(to: bytes) }
        }.get()
    }

    private func removeUnused(to limit: Int) throws(BundleError) -> Int {
        var bundles: [(digest: BundleDigest, used: [Int], bytes: Int)] = []
        for (name, status) in try FileTree.entries(in: root) {
            guard let digest = BundleDigest(String(decoding: name, as: UTF8.self)) else { continue }
            bundles.append((digest, status.modified, try FileTree.size(of: "\(root)/\(digest)")))
        }
        bundles.sort { $0.used.lexicographicallyPrecedes($1.used) }
        var total = bundles.reduce(0) { $0 + $1.bytes }
        var removed = 0
        for bundle in bundles where total > limit {
            guard try remove(bundle.digest) else { continue }
            total -= bundle.bytes
            removed += bundle.bytes
        }
        return removed
    }

    /// False if the bundle is in use.
    private func remove(_ digest: BundleDigest) throws(BundleError) -> Bool {
        let grave = try FileTree.makeTemporaryFolder(prefix: "\(root)/\(Self.removedPrefix)")
        // Renamed under the lock, so that no lease can be given for what is about to go.
        let code: Int32? = state.withLock { state in
            guard state.leases[digest] == nil else { return nil }
            return rename("\(root)/\(digest)", "\(grave)/\(digest)") == 0 ? 0 : errno
        }
        try FileTree.remove(grave)
        guard let code, code != 0 else { return code != nil }
        throw .system(action: "remove", path: "\(root)/\(digest)", code: code)
    }
}

/// A bundle in use. It stays on disk for as long as this object lives.
public final class BundleLease: Sendable {
    public let digest: BundleDigest
    /// The folder with the bundle's content. Runs share it.
    public let directory: String
    private let cache: BundleCache

    fileprivate init(digest: BundleDigest, directory: String, cache: BundleCache) {
        self.digest = digest
        self.directory = directory
        self.cache = cache
    }

    deinit {
        cache.release(digest)
    }
}
