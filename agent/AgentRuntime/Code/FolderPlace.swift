import Bundles
import Domain

/// A folder of the agent's host. It is packed as `sluice deploy` packs one, by the same rules and limits for names and links:
/// what it holds at that moment is the revision, and each run has its own copy.
struct FolderPlace: CodePlace {
    private let path: String

    init(_ source: CodeSource) {
        path = source[.path] ?? ""
    }

    func look(in folder: CodeScratch) async throws -> CodeRevision {
        do {
            let packed = try await BundlePacker(limits: CodeFetcher.limits).packAside(path, to: folder.archive)
            return CodeRevision("sha256:\(packed.digest)", identity: ["path", packed.digest.description])
        } catch {
            throw CodeFailure("\(error) (on the agent's host)")
        }
    }

    func fetch(_ revision: CodeRevision, into folder: CodeScratch) async {}
}
