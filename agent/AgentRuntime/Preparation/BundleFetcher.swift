import Bundles
import Domain
import Glibc
import Wire

/// Gets bundles from the server, chunk by chunk: the next is asked for when the last has come, so that a bundle never
/// stands in the way of a heartbeat. What has come stays in a file, where a new session, or a new agent, goes on.
actor BundleFetcher {
    static let chunkLength = 256 << 10

    private let cache: BundleCache
    private let directory: String
    private let limits: BundleLimits
    private let patience: Duration
    private let request: @Sendable (AgentMessage) -> Void
    private let fetching = SharedWork<BundleDigest, Result<BundleLease, PreparationError>>()
    private var waiting: [String: Waiting] = [:]
    private var requests = 0

    private struct Waiting {
        let number: Int
        let continuation: CheckedContinuation<BundleChunk?, Never>
    }

    /// - Parameters:
    ///   - directory: Where unfinished archives are.
    ///   - request: Sends a message if there is a session, and does nothing otherwise.
    init(
        cache: BundleCache, directory: String, limits: BundleLimits = BundleLimits(), patience: Duration,
        request: @escaping @Sendable (AgentMessage) -> Void
    ) {
        self.cache = cache
        self.directory = directory
        self.limits = limits
        self.patience = patience
        self.request = request
    }

    /// Takes the bundle into use. Several who want one bundle share one fetch.
    /// - Parameter willFetch: Called when it is not there yet, so that this takes a while.
    func lease(
        _ reference: BundleReference, willFetch: @Sendable () -> Void
    ) async throws(PreparationError) -> BundleLease {
        guard let digest = BundleDigest(reference.digest) else {
            throw .bundle(digest: reference.digest, reason: "this is no SHA-256")
        }
        if let lease = cache.lease(digest) { return lease }
        willFetch()
        return try await fetching.value(of: digest) { await self.install(reference, digest) }.get()
    }

    /// The server sent a piece.
    func take(_ chunk: BundleChunk) {
        waiting.removeValue(forKey: Hexadecimal.text(of: chunk.digest))?.continuation.resume(returning: chunk)
    }

    /// A session has begun: what an earlier one was asked for will not come.
    func askAgain() {
        let all = waiting.values
        waiting = [:]
        for waiter in all { waiter.continuation.resume(returning: nil) }
    }

    private func install(
        _ reference: BundleReference, _ digest: BundleDigest
    ) async -> Result<BundleLease, PreparationError> {
        // Somebody else may have fetched it since it was missed.
        if let lease = cache.lease(digest) { return .success(lease) }
        let archive = "\(directory)/\(reference.digest)"
        do throws(PreparationError) {
            try await fetch(reference, to: archive)
            defer { unlink(archive) }
            do throws(BundleError) {
                return .success(try await cache.install(archive: archive, digest: digest))
            } catch {
                throw .bundle(digest: reference.digest, reason: error.description)
            }
        } catch {
            return .failure(error)
        }
    }

    private func fetch(_ reference: BundleReference, to path: String) async throws(PreparationError) {
        guard reference.size <= limits.archiveBytes else {
            let reason = "it has \(reference.size) bytes; at most \(limits.archiveBytes) are fetched"
            throw .bundle(digest: reference.digest, reason: reason)
        }
        let digest = Hexadecimal.bytes(of: reference.digest) ?? []
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .file(.unusable(path: path, reason: systemReason(errno))) }
        defer { close(file) }
        var offset = Int(lseek(file, 0, SEEK_END))
        if offset < 0 || offset > reference.size { offset = 0 }
        while offset < reference.size {
            let length = UInt32(min(Self.chunkLength, reference.size - offset))
            request(.bundleRequest(digest: digest, offset: UInt64(offset), length: length))
            guard let chunk = await nextChunk(of: reference.digest) else { continue }
            if let reason = chunk.error { throw .bundle(digest: reference.digest, reason: reason) }
            guard chunk.offset == UInt64(offset), !chunk.data.isEmpty else { continue }
            let data = chunk.data.prefix(reference.size - offset)
            let written = data.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, off_t(offset)) }
            guard written == data.count else {
                // What has come of it takes the room that others may need.
                unlink(path)
                throw .file(.unusable(path: path, reason: systemReason(written < 0 ? errno : ENOSPC)))
            }
            offset += written
        }
    }

    /// Nil when none has come for a while, or none will come.
    private func nextChunk(of digest: String) async -> BundleChunk? {
        requests += 1
        let number = requests
        let timeout = Task {
            try? await Task.sleep(for: patience)
            if !Task.isCancelled { giveUp(digest, number) }
        }
        defer { timeout.cancel() }
        return await withCheckedContinuation { continuation in
            waiting[digest] = Waiting(number: number, continuation: continuation)
        }
    }

    private func giveUp(_ digest: String, _ number: Int) {
        guard let waiter = waiting[digest], waiter.number == number else { return }
        waiting[digest] = nil
        waiter.continuation.resume(returning: nil)
    }
}
