public import Domain
import JSON

/// What a backup says of itself. It is the archive's last file, so that one that was cut off has none.
public struct BackupManifest: Sendable, Hashable {
    /// A file of the data directory.
    public struct File: Sendable, Hashable {
        /// Within the data directory.
        public let name: String
        /// Its size.
        public let bytes: Int
        /// SHA-256 in lower-case hexadecimal.
        public let digest: String
    }

    static let name = "manifest.json"
    static let format = 1
    /// No real one comes near.
    static let largestSize = 64 << 20

    /// The release that wrote it.
    public let release: String
    public let created: Timestamp
    /// The version of the main database's schema.
    public let schemaVersion: Int
    public let files: [File]

    /// Whether the key that secrets are sealed with is among them.
    public var holdsKey: Bool { files.contains { $0.name == DataFiles.secretKeyName } }

    /// The size of all files together.
    public var bytes: Int { files.reduce(0) { $0 + $1.bytes } }

    init(release: String, created: Timestamp, schemaVersion: Int, files: [File]) {
        self.release = release
        self.created = created
        self.schemaVersion = schemaVersion
        self.files = files
    }

    var encoded: [UInt8] { Array(json.serialized().utf8) }

    private var json: JSONValue {
        [
            "format": .init(Self.format), "release": .string(release), "created": .string(created.description),
            "schema_version": .init(schemaVersion),
            "files": .array(
                files.map { ["name": .string($0.name), "bytes": .init($0.bytes), "sha256": .string($0.digest)] }),
        ]
    }

    /// - Throws: `BackupFailure` for what no release has written, or only a later one.
    init(_ bytes: [UInt8], in path: String) throws(BackupFailure) {
        guard let json = try? JSONValue(parsing: bytes), let format = json["format"]?.intValue else {
            throw BackupFailure("\(path) is no backup: its manifest cannot be read")
        }
        guard format <= Self.format else {
            throw BackupFailure(
                "\(path) is a backup of format \(format), and this release (\(Release.version)) knows formats up to "
                    + "\(Self.format): restore it with the release that wrote it "
                    + "(\(json["release"]?.stringValue ?? "unknown")), or a later one")
        }
        guard let release = json["release"]?.stringValue,
            let created = json["created"]?.stringValue.flatMap({ Timestamp($0) }),
            let schemaVersion = json["schema_version"]?.intValue, let files = json["files"]?.arrayValue
        else { throw BackupFailure("\(path) is no backup: its manifest lacks something") }
        self.init(
            release: release, created: created, schemaVersion: schemaVersion,
            files: files.compactMap { file in
                guard let name = file["name"]?.stringValue, let bytes = file["bytes"]?.intValue,
                    let digest = file["sha256"]?.stringValue
                else { return nil }
                return File(name: name, bytes: bytes, digest: digest)
            })
    }
}
