import Domain
import HTTPClient
import ObjectStorage

/// Knows who fetches from which kind of source, and keeps what they share.
final class CodePlaces: Sendable {
    private let git: GitProgram
    private let session: HTTPSession
    private let storage: ObjectStorageSession
    private let tags = EntityTags()

    /// - Parameter environment: the agent's own.
    init(tools: ToolRunner, environment: [String: String]) {
        git = GitProgram(tools: tools, environment: environment)
        session = HTTPSession(userAgent: "sluice-agent")
        storage = ObjectStorageSession(http: session) { AgentTime.read().wall }
    }

    func place(of source: CodeSource) throws -> any CodePlace {
        switch source.kind {
        case .path: return FolderPlace(source)
        case .git: return GitPlace(source, git: git)
        case .archive: return ArchivePlace(source, session: session, tags: tags)
        case .s3, .gcs: return try BucketPlace(source, storage: storage)
        case .image: throw CodeFailure("code in an image is not fetched")
        }
    }
}
