import Bundles
import Domain
import Glibc
import HTTPClient
import ObjectStorage

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

    private typealias Outcome<Value: Sendable> = Task<Result<Value, CodeFailure>, Never>

    private static let scratchPrefix = "code-"

    private let cache: BundleCache
    private let directory: String
    private let tools: ToolRunner
    private let environment: [String: String]
    private let session: HTTPSession
    private let storage: ObjectStorageSession
    private let tags = EntityTags()
    private var number = 0
    private var having: [CodeSource: Outcome<Code>] = [:]
    private var installing: [BundleDigest: Outcome<BundleLease>] = [:]

    /// - Parameters:
    ///   - directory: where unfinished fetches are; those of an earlier agent are removed.
    ///   - environment: the agent's own.
    init(cache: BundleCache, directory: String, tools: ToolRunner, environment: [String: String]) {
        self.cache = cache
        self.directory = directory
        self.tools = tools
        self.environment = environment
        session = HTTPSession(userAgent: "sluice-agent")
        storage = ObjectStorageSession(http: session) { AgentTime.read().wall }
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
        do throws(CodeFailure) {
            // A branch is looked up for each attempt, which is to see what was pushed before it.
            guard source.kind != .git else { return try await have(source, willFetch) }
            let task = having[source] ?? Outcome { await self.result(source, willFetch) }
            having[source] = task
            defer { having[source] = nil }
            return try await task.value.get()
        } catch {
            let mask = SecretMask(source.settings.filter { $0.key.isCredential }.map(\.value))
            throw .code(source.description, reason: mask.hidden(in: error.reason))
        }
    }

    private func result(
        _ source: CodeSource, _ willFetch: @escaping @Sendable (String) -> Void
    ) async -> Result<Code, CodeFailure> {
        do throws(CodeFailure) { return .success(try await have(source, willFetch)) } catch { return .failure(error) }
    }

    private func have(
        _ source: CodeSource, _ willFetch: @Sendable (String) -> Void
    ) async throws(CodeFailure) -> Code {
        let place = try place(of: source)
        let scratch = try makeScratch()
        defer { Folder.remove(scratch.path) }
        let revision = try await place.look(in: scratch)
        if let lease = cache.lease(revision.key) { return Code(lease: lease, revision: revision.text) }
        willFetch("fetching the code (\(source), revision \(revision.text))")
        let folder = source.kind == .git ? nil : source[.folder]
        let task = installing[revision.key] ?? Outcome { await self.install(place, revision, folder, scratch) }
        installing[revision.key] = task
        defer { installing[revision.key] = nil }
        return Code(lease: try await task.value.get(), revision: revision.text)
    }

    private func install(
        _ place: any CodePlace, _ revision: CodeRevision, _ folder: String?, _ scratch: CodeScratch
    ) async -> Result<BundleLease, CodeFailure> {
        do throws(CodeFailure) {
            try await place.fetch(revision, into: scratch)
            do throws(BundleError) {
                return .success(
                    try await cache.install(
                        foreign: scratch.archive, folder: folder, as: revision.key, limits: Self.limits))
            } catch {
                throw CodeFailure(error.description)
            }
        } catch {
            return .failure(error)
        }
    }

    private func place(of source: CodeSource) throws(CodeFailure) -> any CodePlace {
        switch source.kind {
        case .path: return FolderPlace(source)
        case .git: return GitPlace(source, git: GitProgram(tools: tools, environment: environment))
        case .archive: return ArchivePlace(source, session: session, tags: tags)
        case .s3, .gcs: return try BucketPlace(source, storage: storage)
        case .image: throw CodeFailure("code in an image is not fetched")
        }
    }

    private func makeScratch() throws(CodeFailure) -> CodeScratch {
        number += 1
        let name = "\(Self.scratchPrefix)\(number)"
        do throws(AgentDataError) {
            try Folder.make("\(directory)/\(name)", mode: 0o700)
        } catch {
            throw CodeFailure(error.description)
        }
        return CodeScratch(path: "\(directory)/\(name)", name: name)
    }
}
