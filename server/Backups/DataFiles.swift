import Glibc

/// What a data directory holds, by name: the one place that knows which databases there are.
public struct DataFiles: Sendable {
    /// The data directory.
    public let root: String
    /// The key that secrets are sealed with.
    public let secretKey: String

    public init(_ root: String) { self.init(root, secretKey: "\(root)/\(Self.secretKeyName)") }

    init(_ root: String, secretKey: String) {
        self.root = root
        self.secretKey = secretKey
    }

    static let databaseName = "sluice.sqlite"
    static let bundlesName = "bundles"
    static let secretKeyName = "secrets.key"
    /// Where a restore gathers what it will put in place; it is there only until that is done.
    static let restoringName = "restoring"
    /// Where a restore that replaces data leaves the former.
    static let replacedPrefix = "replaced-"

    /// The main database: all but the logs.
    public var database: String { "\(root)/\(Self.databaseName)" }
    /// A file a bundle, named by its digest.
    public var bundles: String { "\(root)/\(Self.bundlesName)" }
    var restoring: String { "\(root)/\(Self.restoringName)" }

    /// Whether a restore was cut off in the middle: what is here may be half of the old and half of the new.
    public var isHalfRestored: Bool { access(restoring, F_OK) == 0 }

    func bundle(_ digest: String) -> String { "\(bundles)/\(digest).bundle" }

    /// The databases of logs, by their names in the data directory, in ascending order of their bytes: a file a day in
    /// the folder `logs`, and `logs.sqlite` of earlier releases.
    func logNames() throws(BackupFailure) -> [String] {
        let beside = try Folder.names(in: root).filter { $0.hasPrefix("logs") }
        let below = try Folder.names(in: "\(root)/logs").map { "logs/\($0)" }
        return (beside + below).filter { $0.hasSuffix(".sqlite") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// What is in the directory and would be lost if other data took its place. A key may wait there for its data.
    func contents() throws(BackupFailure) -> [String] {
        try Folder.names(in: root).filter { name in
            name != "lost+found" && name != Self.restoringName && name != Self.secretKeyName
                && !name.hasPrefix(Self.replacedPrefix) && !name.hasSuffix(".lock")
        }
    }
}
