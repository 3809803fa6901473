import Bundles
public import Domain
import Glibc
import Storage
import StorageSQLite

/// Puts what a backup holds in place of a data directory's contents.
///
/// Everything is unpacked and checked inside of the directory first, so that it works where the directory is a mount,
/// and only then moved to its place. Until the last move is on disk a folder `restoring` is there, and a server refuses
/// to start.
public struct Restore {
    /// What has come of it.
    public struct Outcome {
        /// What was restored.
        public let manifest: BackupManifest
        /// Where the former data are, if there were any.
        public let replaced: String?
        /// What is wrong with the data that were restored, a line each.
        public let findings: [String]
    }

    private let archive: String
    private let files: DataFiles

    /// - Parameter archive: the backup's path.
    public init(_ archive: String, into files: DataFiles) {
        self.archive = archive
        self.files = files
    }

    /// Restores, unless a server runs on the data directory, which must exist.
    ///
    /// - Parameter replaces: whether data that are there already may be moved aside.
    /// - Throws: `BackupFailure`; until the backup has been found sound, nothing that was there has been touched.
    public func run(replaces: Bool, at now: Timestamp) throws(BackupFailure) -> Outcome {
        let lock = try storing { () throws(StorageError) in try ProcessLock(besides: files.database) }
        defer { lock.release() }
        let former = try files.contents()
        guard former.isEmpty || replaces else {
            throw BackupFailure(
                "\(files.root) holds \(former[0]) already: name an empty directory with --data, or say --replace to "
                    + "move aside what is there")
        }
        let isRepeated = files.isHalfRestored
        try Folder.remove(files.restoring)
        try Folder.make(files.restoring)
        let manifest: BackupManifest
        let findings: [String]
        do throws(BackupFailure) {
            manifest = try unpack()
            findings = try Checkup(of: restored(manifest)).run().findings
        } catch {
            // After a restore that was cut off while it moved things, the mark must stay.
            if !isRepeated { try? Folder.remove(files.restoring) }
            throw error
        }
        let replaced = try moveAside(former + replacedKey(manifest), at: now)
        try putInPlace()
        return Outcome(manifest: manifest, replaced: replaced, findings: findings)
    }

    /// What was unpacked, with the key that will be beside it.
    private func restored(_ manifest: BackupManifest) -> DataFiles {
        let unpacked = DataFiles(files.restoring)
        return manifest.holdsKey ? unpacked : DataFiles(files.restoring, secretKey: files.secretKey)
    }

    /// A key that is there stays unless the backup brings one.
    private func replacedKey(_ manifest: BackupManifest) -> [String] {
        manifest.holdsKey && access(files.secretKey, F_OK) == 0 ? [DataFiles.secretKeyName] : []
    }

    // MARK: Unpacking

    private func unpack() throws(BackupFailure) -> BackupManifest {
        let reader = try archiving(in: archive) { () throws(BundleError) in try FileArchiveReader(archive) }
        var unpacked: [BackupManifest.File] = []
        var manifest: BackupManifest?
        while let name = try archiving(in: archive, { () throws(BundleError) in try reader.next() }) {
            if name == BackupManifest.name {
                let bytes = try archiving(in: archive) { () throws(BundleError) in
                    try reader.content(limit: BackupManifest.largestSize)
                }
                manifest = try BackupManifest(bytes, in: archive)
            } else {
                unpacked.append(try unpack(name, reader))
            }
        }
        guard let manifest else { throw BackupFailure("\(archive) is no backup: it has no manifest") }
        guard manifest.schemaVersion <= Schema.main.newest else {
            throw BackupFailure(Schema.main.refusal(of: manifest.schemaVersion))
        }
        guard manifest.files == unpacked, unpacked.contains(where: { $0.name == DataFiles.databaseName }) else {
            throw BackupFailure("\(archive) is damaged: what it holds is not what its manifest lists")
        }
        try Folder.sync(files.restoring)
        return manifest
    }

    private func unpack(_ name: String, _ reader: FileArchiveReader) throws(BackupFailure) -> BackupManifest.File {
        let parts = name.split(separator: "/").map(String.init)
        guard name.hasPrefix(BackupArchive.prefix), (2...3).contains(parts.count) else {
            throw BackupFailure("\(archive) is no backup: it holds \(name)")
        }
        if parts.count == 3 {
            let folder = "\(files.restoring)/\(parts[1])"
            try Folder.make(folder)
            try Folder.sync(files.restoring)
        }
        let path = "\(files.restoring)/\(parts.dropFirst().joined(separator: "/"))"
        let (digest, bytes) = try archiving(in: archive) { () throws(BundleError) in try reader.copy(to: path) }
        if parts.count == 3 { try Folder.sync(Folder.parent(of: path)) }
        return BackupManifest.File(
            name: parts.dropFirst().joined(separator: "/"), bytes: bytes, digest: digest.description)
    }

    // MARK: Moving

    private func moveAside(_ former: [String], at now: Timestamp) throws(BackupFailure) -> String? {
        guard !former.isEmpty else { return nil }
        let stamp = now.description.filter { $0.isNumber }
        let folder = "\(files.root)/\(DataFiles.replacedPrefix)\(stamp)"
        try Folder.make(folder)
        try Folder.sync(files.root)
        for name in former { try Folder.move("\(files.root)/\(name)", to: "\(folder)/\(name)") }
        try Folder.sync(folder)
        return folder
    }

    private func putInPlace() throws(BackupFailure) {
        for name in try Folder.names(in: files.restoring) where !Self.isLeftOver(name) {
            try Folder.move("\(files.restoring)/\(name)", to: "\(files.root)/\(name)")
        }
        try Folder.sync(files.root)
        try Folder.remove(files.restoring)
        try Folder.sync(files.root)
    }

    /// What looking into a database leaves beside it.
    private static func isLeftOver(_ name: String) -> Bool { name.hasSuffix("-shm") || name.hasSuffix("-wal") }
}
