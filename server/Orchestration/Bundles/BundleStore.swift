public import Bundles
public import Domain
import Glibc
import Storage

/// The bundles that have been uploaded: a file each, named by its digest, in one directory.
public struct BundleStore: Sendable {
    private let directory: String
    public let limits: BundleLimits

    /// - Parameter directory: made if it does not exist.
    /// - Throws: `StorageError.unavailable`.
    public init(directory: String, limits: BundleLimits = BundleLimits()) throws(StorageError) {
        self.directory = directory
        self.limits = limits
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw Self.failure("make the folder", directory) }
        // A loss of power is not to take the folder with all that was stored in it.
        try Self.sync("\(directory)/..")
    }

    /// Whether the bundle is here.
    public func contains(_ digest: BundleDigest) -> Bool { access(path(of: digest), R_OK) == 0 }

    /// Stores a bundle's bytes, durably and under its own name only once all of them are there and are what `digest`
    /// says.
    ///
    /// - Returns: its size in bytes.
    /// - Throws: `BundleError` for what is no sound bundle, `StorageError.unavailable`, and what `chunks` throws.
    public func store<Chunks: AsyncSequence>(
        _ chunks: Chunks, digest: BundleDigest, as token: String
    ) async throws -> Int where Chunks.Element == [UInt8] {
        let partial = "\(directory)/\(token).partial"
        let file = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure("create", partial) }
        defer {
            close(file)
            unlink(partial)
        }
        var size = 0
        for try await chunk in chunks {
            size += chunk.count
            guard size <= limits.archiveBytes else { throw BundleError.archiveTooLarge(limit: limits.archiveBytes) }
            try Self.write(chunk, to: file, partial)
        }
        _ = try BundleVerifier(limits: limits).verify(archive: partial, digest: digest)
        guard fsync(file) == 0, rename(partial, path(of: digest)) == 0 else { throw Self.failure("store", partial) }
        try Self.sync(directory)
        return size
    }

    /// A piece of a bundle, and how long the whole is; shorter than `length` at its end.
    ///
    /// - Throws: `OrchestrationError.notFound`, `StorageError.unavailable`.
    public func read(
        _ digest: BundleDigest, offset: UInt64, length: Int
    ) throws -> (bytes: [UInt8], total: UInt64) {
        let file = open(path(of: digest), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw OrchestrationError.notFound(kind: "Bundle", name: digest.description) }
        defer { close(file) }
        var information = stat()
        guard fstat(file, &information) == 0 else { throw Self.failure("read", path(of: digest)) }
        let total = UInt64(information.st_size)
        guard offset < total else { return ([], total) }
        let wanted = Int(min(UInt64(length), total - offset))
        let bytes = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            count = max(0, pread(file, buffer.baseAddress, wanted, off_t(offset)))
            guard count == wanted else { throw Self.failure("read", path(of: digest)) }
        }
        return (bytes, total)
    }

    private func path(of digest: BundleDigest) -> String { "\(directory)/\(digest).bundle" }

    private static func sync(_ directory: String) throws(StorageError) {
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure("open", directory) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure("sync", directory) }
    }

    private static func write(_ bytes: [UInt8], to file: Int32, _ path: String) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            guard count > 0 || errno == EINTR else { throw failure("write", path) }
            written += max(0, count)
        }
    }

    private static func failure(_ action: String, _ path: String) -> StorageError {
        let (code, text) = (errno, "cannot \(action) \(path): \(String(cString: strerror(errno)))")
        return code == ENOSPC || code == EDQUOT
            ? .full("\(text); free space there, and it goes on by itself") : .unavailable(text)
    }
}

extension Orchestrator {
    /// Stores an uploaded bundle.
    ///
    /// - Returns: the bundle, and whether it is new.
    public func upload<Chunks: AsyncSequence & Sendable>(
        _ chunks: Chunks, digest: BundleDigest
    ) async throws -> (bundle: BundleReference, isNew: Bool) where Chunks.Element == [UInt8] {
        if let known = try await bundle(digest), bundles.contains(digest) { return (known, false) }
        let size = try await bundles.store(chunks, digest: digest, as: surroundings.newID(Upload.self).description)
        let bundle = BundleReference(digest: digest.description, size: size)
        try await change { try $0.store.insertBundle(bundle, at: $0.now) }
        return (bundle, true)
    }

    /// An uploaded bundle, if there is such a one.
    public func bundle(_ digest: BundleDigest) async throws -> BundleReference? {
        try await database.read { try $0.bundle(digest.description) }
    }

    private enum Upload {}
}
