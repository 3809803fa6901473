import Bundles
import Domain
import Glibc

/// Has code from where a deployment says, into the same cache as bundles, by revision: what is there is not fetched again,
/// and what several runs want at once is fetched once.
actor CodeFetcher {
    /// Code in use.
    struct Code: Sendable {
        let lease: BundleLease
        let revision: String
    }

    /// What is fetched may be larger than what is shipped: repositories hold more than one deployment's code.
    static let limits = BundleLimits(archiveBytes: 512 << 20, entries: 100_000)

    private static let scratchPrefix = "code-"

    private let cache: BundleCache
    private let directory: String
    private let places: CodePlaces
    private var number = 0
    private let having = SharedWork<CodeSource, Result<Code, any Error>>()
    private let installing = SharedWork<BundleDigest, Result<BundleLease, any Error>>()

    /// - Parameters:
    ///   - directory: where unfinished fetches are; those of an earlier agent are removed.
    ///   - environment: the agent's own.
    init(cache: BundleCache, directory: String, tools: ToolRunner, environment: [String: String]) {
        self.cache = cache
        self.directory = directory
        places = CodePlaces(tools: tools, environment: environment)
        for name in Folder.names(in: directory) where name.hasPrefix(Self.scratchPrefix) {
            Folder.remove("\(directory)/\(name)")
        }
    }

    /// Takes the code that a source has now into use.
    ///
    /// - Parameter willFetch: told what is fetched, when that is not here yet.
    func code(
        from source: CodeSource, willFetch: @escaping @Sendable (String) -> Void
    ) async throws(PreparationError) -> Code {
        if let defect = source.defectsWhenRendered.first {
            throw .code(source.description, reason: defect.description)
        }
        do {
            // A branch is looked up for each attempt, which is to see what was pushed before it.
            guard source.kind != .git else { return try await have(source, willFetch) }
            return try await having.value(of: source) { try await self.have(source, willFetch) }
        } catch {
            let mask = SecretMask(source.settings.filter { $0.key.isCredential }.map(\.value))
            throw .code(source.description, reason: mask.hidden(in: "\(error)"))
        }
    }

    private func have(
        _ source: CodeSource, _ willFetch: @escaping @Sendable (String) -> Void
    ) async throws -> Code {
        let place = try places.place(of: source)
        let scratch = try makeScratch()
        defer { Folder.remove(scratch.path) }
        let revision = try await place.look(in: scratch)
        if let lease = cache.lease(revision.key) { return Code(lease: lease, revision: revision.text) }
        willFetch("fetching the code (\(source), revision \(revision.text))")
        let folder = source.kind == .git ? nil : source[.folder]
        let lease = try await installing.value(of: revision.key) {
            try await self.install(place, revision, folder, scratch)
        }
        return Code(lease: lease, revision: revision.text)
    }

    private func install(
        _ place: any CodePlace, _ revision: CodeRevision, _ folder: String?, _ scratch: CodeScratch
    ) async throws -> BundleLease {
        if let lease = cache.lease(revision.key) { return lease }
        try await place.fetch(revision, into: scratch)
        return try await cache.install(
            foreign: scratch.archive, folder: folder, as: revision.key, limits: Self.limits)
    }

    private func makeScratch() throws -> CodeScratch {
        number += 1
        let name = "\(Self.scratchPrefix)\(number)"
        try Folder.make("\(directory)/\(name)", mode: 0o700)
        return CodeScratch(path: "\(directory)/\(name)", name: name)
    }
}
