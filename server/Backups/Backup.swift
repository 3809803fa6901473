import Bundles
public import Domain
import Glibc
import Storage
import StorageSQLite

/// Writes all that a data directory holds into one file, while a server works on it or not.
///
/// The main database comes first: what it says of a run's end is true of the logs that are copied later, and a bundle
/// is stored before the row that names it.
public struct Backup {
    /// What has come of it.
    public struct Outcome {
        /// What is in it.
        public let manifest: BackupManifest
        /// What should be in it and is damaged or missing, a line each.
        public let findings: [String]
    }

    private let files: DataFiles
    private let holdsKey: Bool

    /// - Parameter holdsKey: whether the key that secrets are sealed with is in it: without, whoever gets hold of the
    ///   backup cannot read them, and whoever restores it must have kept the key.
    public init(of files: DataFiles, holdsKey: Bool = true) {
        self.files = files
        self.holdsKey = holdsKey
    }

    /// Writes the backup beside `target` first, and gives it that name when all of it is on disk.
    ///
    /// - Parameter overwrites: whether a file of that name may be replaced.
    /// - Throws: `BackupFailure`; then nothing is left behind.
    public func write(to target: String, overwrites: Bool, at now: Timestamp) throws(BackupFailure) -> Outcome {
        guard access(files.database, F_OK) == 0 else {
            throw BackupFailure("there is no \(files.database): name the server's data directory with --data")
        }
        guard overwrites || access(target, F_OK) != 0 else { throw Self.exists(target) }
        let stage = "\(target).partial-\(getpid())"
        try Folder.remove(stage)
        guard mkdir(stage, 0o700) == 0 else { throw .system("make the folder", stage) }
        do throws(BackupFailure) {
            let outcome = try BackupStage(files: files, folder: stage, holdsKey: holdsKey).write(at: now)
            try publish("\(stage)/\(BackupStage.archiveName)", as: target, overwrites: overwrites)
            try Folder.remove(stage)
            return outcome
        } catch {
            try? Folder.remove(stage)
            throw error
        }
    }

    private func publish(_ archive: String, as target: String, overwrites: Bool) throws(BackupFailure) {
        // A link is never made over a file that has come meanwhile. Where there are no links, a look must do.
        if !overwrites, link(archive, target) != 0 {
            if errno == EEXIST || access(target, F_OK) == 0 { throw Self.exists(target) }
            try Folder.move(archive, to: target)
        } else if overwrites {
            try Folder.move(archive, to: target)
        }
        try Folder.sync(Folder.parent(of: target))
    }

    private static func exists(_ target: String) -> BackupFailure {
        BackupFailure("\(target) exists already: choose another name, or say --force to replace it")
    }
}

/// The folder in which a backup is made.
private struct BackupStage {
    static let archiveName = "archive"
    /// Before every name of the data directory: so the manifest comes last.
    static let prefix = BackupArchive.prefix

    let files: DataFiles
    let folder: String
    let holdsKey: Bool

    func write(at now: Timestamp) throws(BackupFailure) -> Backup.Outcome {
        let copy = "\(folder)/\(DataFiles.databaseName)"
        let (version, uses) = try copyDatabase(to: copy)
        let path = "\(folder)/\(Self.archiveName)"
        let archive = try archiving(in: path) { () throws(BundleError) in try FileArchiveWriter(path) }
        var entries: [BackupManifest.File] = []
        var findings: [String] = []
        for use in uses {
            do throws(BackupFailure) {
                let entry = try add("\(DataFiles.bundlesName)/\(use.digest).bundle", files.bundle(use.digest), archive)
                if entry.digest != use.digest { findings.append("the bundle \(use.digest) is damaged: \(use.users)") }
                entries.append(entry)
            } catch  where access(files.bundle(use.digest), F_OK) != 0 {
                // One that no deployment needs may have been removed since the database was copied.
                if !use.deployments.isEmpty { findings.append("the bundle \(use.digest) is missing: \(use.users)") }
            }
        }
        for name in try files.logNames() {
            if let entry = try addLogs(name, to: archive) { entries.append(entry) }
        }
        if holdsKey, access(files.secretKey, F_OK) == 0 {
            entries.append(try add(DataFiles.secretKeyName, files.secretKey, archive))
        }
        entries.append(try add(DataFiles.databaseName, copy, archive))
        let manifest = BackupManifest(
            release: Release.version, created: now, schemaVersion: version, files: entries)
        try archiving(in: path) { () throws(BundleError) in
            try archive.add(BackupManifest.name, manifest.encoded)
            try archive.finish()
        }
        return Backup.Outcome(manifest: manifest, findings: findings)
    }

    private func copyDatabase(to copy: String) throws(BackupFailure) -> (version: Int, uses: [BundleUse]) {
        try storing { () throws(StorageError) in
            let database = try SQLiteFile(files.database)
            let version = try database.version()
            guard version <= Schema.main.newest else { throw Schema.main.refusal(of: version) }
            try database.copy(to: copy)
            try database.close()
            let copied = try SQLiteFile(copy)
            let uses = try copied.read { try Store($0).bundleUses() }
            try copied.close()
            return (version, uses)
        }
    }

    /// - Returns: nothing for a database that was dropped a moment ago: its time was over.
    private func addLogs(_ name: String, to archive: FileArchiveWriter) throws(BackupFailure) -> BackupManifest.File? {
        let copy = "\(folder)/logs.sqlite"
        do throws(BackupFailure) {
            try storing { () throws(StorageError) in
                let database = try SQLiteFile("\(files.root)/\(name)")
                try database.copy(to: copy)
                try database.close()
            }
        } catch {
            guard access("\(files.root)/\(name)", F_OK) != 0 else { throw error }
            try Folder.remove(copy)
            return nil
        }
        let entry = try add(name, copy, archive)
        try Folder.remove(copy)
        return entry
    }

    private func add(
        _ name: String, _ path: String, _ archive: FileArchiveWriter
    ) throws(BackupFailure) -> BackupManifest.File {
        let added = try archiving(in: path) { () throws(BundleError) in try archive.add(Self.prefix + name, from: path)
        }
        return BackupManifest.File(name: name, bytes: added.bytes, digest: added.digest.description)
    }
}

/// How a backup's archive is laid out.
enum BackupArchive {
    static let prefix = "data/"
}

extension BundleUse {
    /// For a message.
    var users: String {
        deployments.isEmpty ? "no deployment needs it" : "needed by \(deployments.sorted().joined(separator: ", "))"
    }
}
