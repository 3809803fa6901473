/// Where an agent has a deployment's code from, when no bundle is shipped.
///
/// Each kind has settings of its own, and a table says which: what reads, writes, checks and fills them in is the same
/// for all.
public struct CodeSource: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A folder of the agent's host, of which each run has a copy.
        case path
        /// A commit of a git repository.
        case git
        /// A zip or tar archive that an HTTP server has.
        case archive
        /// An object, or all objects below a prefix, of a bucket that speaks S3.
        case s3
        /// The same of Google Cloud Storage.
        case gcs
        /// The code is in the container's image: nothing is fetched.
        case image
    }

    /// What is said of a source, by the names that documents have for it.
    public enum Setting: String, Sendable, Hashable, CaseIterable {
        case path, url, branch, tag, commit, folder, user, token, sha256, bucket, key, object, prefix, endpoint, region
        case accessKey = "access_key"
        case secretKey = "secret_key"
        case credentials

        /// Whether it stands for a right to read: such a one is only ever referred to, never written down.
        public var isCredential: Bool {
            switch self {
            case .token, .accessKey, .secretKey, .credentials: true
            default: false
            }
        }
    }

    public let kind: Kind
    public private(set) var settings: [Setting: String]

    public init(_ kind: Kind, _ settings: [Setting: String] = [:]) {
        self.kind = kind
        self.settings = settings
    }

    /// What is said by that name, if anything is.
    public subscript(_ setting: Setting) -> String? { settings[setting] }

    /// The credentials that are given, in a fixed order.
    var credentials: [(setting: Setting, text: String)] {
        Setting.allCases.filter(\.isCredential).compactMap { setting in settings[setting].map { (setting, $0) } }
    }

    /// What the credentials refer to.
    public var references: Set<TemplateReference> {
        Set(credentials.flatMap { PlaceholderText($0.text).references })
    }

    /// The source with its credentials in place, as an agent needs it.
    public func rendered(in scope: TemplateScope) throws(UnresolvedReference) -> CodeSource {
        var rendered = self
        for (setting, text) in credentials {
            rendered.settings[setting] = try PlaceholderText(text).render(in: scope)
        }
        return rendered
    }
}

extension CodeSource: CustomStringConvertible {
    /// What it is, without credentials: `git https://example.org/flows.git, branch main`.
    public var description: String {
        let main = Self.mains.compactMap { settings[$0] }
        let rest: [String] = Self.details.compactMap { setting in
            settings[setting].map { "\(setting.rawValue) \($0)" }
        }
        let parts = [([kind.rawValue] + main).joined(separator: " ")] + rest
        return kind == .image ? "in the image" : parts.joined(separator: ", ")
    }

    private static let mains: [Setting] = [.path, .url, .bucket]
    private static let details: [Setting] = [.branch, .tag, .commit, .folder, .key, .object, .prefix, .endpoint]
}

extension CodeSource.Kind {
    /// All that may be said of a source of this kind.
    public var settings: [CodeSource.Setting] {
        switch self {
        case .path: [.path]
        case .git: [.url, .branch, .tag, .commit, .folder, .user, .token]
        case .archive: [.url, .sha256, .folder, .token]
        case .s3: [.bucket, .key, .prefix, .folder, .endpoint, .region, .accessKey, .secretKey]
        case .gcs: [.bucket, .object, .prefix, .folder, .endpoint, .credentials]
        case .image: []
        }
    }

    /// What has to be said.
    var needed: [CodeSource.Setting] {
        switch self {
        case .path: [.path]
        case .git, .archive: [.url]
        case .s3, .gcs: [.bucket]
        case .image: []
        }
    }

    /// Settings of which one at most is said.
    var alternatives: [CodeSource.Setting] {
        switch self {
        case .git: [.branch, .tag, .commit]
        case .s3: [.key, .prefix]
        case .gcs: [.object, .prefix]
        case .path, .archive, .image: []
        }
    }

    /// Settings of which one is of no use without the other.
    var pairs: [(CodeSource.Setting, CodeSource.Setting)] {
        switch self {
        case .s3: [(.accessKey, .secretKey)]
        default: []
        }
    }
}
