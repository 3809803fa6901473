import Bundles
import Domain
import Glibc
import HTTPClient
import Synchronization

/// An archive that an HTTP server has. With a `sha256` it is known before it is fetched; without one the server is asked
/// whether what it has is still what was fetched last.
struct ArchivePlace: CodePlace {
    private let source: CodeSource
    private let download: Download
    private let tags: EntityTags

    init(_ source: CodeSource, session: HTTPSession, tags: EntityTags) {
        self.source = source
        self.tags = tags
        download = Download(session: session, url: source[.url] ?? "", token: source[.token])
    }

    func look(in folder: CodeScratch) async throws -> CodeRevision {
        if let sha256 = source[.sha256] { return revision(sha256) }
        let known = tags[source]
        switch try await download.fetch(to: folder.archive, unless: known?.tag) {
        case .unchanged:
            guard let known else { throw CodeFailure("the server says that nothing has changed, and was not asked") }
            return revision(known.digest)
        case .fetched(let digest, let tag):
            if let tag { tags[source] = (tag, digest) }
            return revision(digest)
        }
    }

    private func revision(_ sha256: String) -> CodeRevision {
        CodeRevision("sha256:\(sha256)", identity: ["archive", sha256, source[.folder] ?? ""])
    }

    func fetch(_ revision: CodeRevision, into folder: CodeScratch) async throws {
        // Looking has fetched it, unless it was known, or has left the cache since it was fetched.
        if access(folder.archive, F_OK) == 0 { return }
        guard case .fetched(let digest, _) = try await download.fetch(to: folder.archive, unless: nil) else { return }
        guard "sha256:\(digest)" == revision.text else {
            throw CodeFailure(
                "what the server has is sha256 \(digest), where \(revision.text.dropFirst(7)) was expected; see whether it is "
                    + "the right file, and correct the deployment's 'sha256'")
        }
    }
}

/// What servers called what was last fetched from them.
final class EntityTags: Sendable {
    private let known = Mutex<[CodeSource: (tag: String, digest: String)]>([:])

    subscript(source: CodeSource) -> (tag: String, digest: String)? {
        get { known.withLock { $0[source] } }
        set {
            known.withLock { known in
                // Deployments that are long gone are not to be remembered for ever.
                if known.count >= 1000 { known = [:] }
                known[source] = newValue
            }
        }
    }
}
