import Bundles
import Glibc
import Storage
import StorageSQLite

/// Looks through everything that a data directory holds, while a server works on it or not, and says what is wrong.
public struct Checkup {
    /// What has come of it.
    public struct Outcome: Sendable {
        /// A line for each thing that is wrong.
        public internal(set) var findings: [String] = []
        /// How many databases were looked through.
        public internal(set) var databases = 0
        /// How many bundles were.
        public internal(set) var bundles = 0
    }

    private let files: DataFiles

    public init(of files: DataFiles) { self.files = files }

    /// - Throws: `BackupFailure` when there is nothing to look at, or a newer release has written it.
    public func run() throws(BackupFailure) -> Outcome {
        guard access(files.database, F_OK) == 0 else {
            throw BackupFailure("there is no \(files.database): name the server's data directory with --data")
        }
        var outcome = Outcome()
        var uses: [BundleUse] = []
        let seal = SealInspection(key: files.secretKey)
        try look(into: DataFiles.databaseName, .main, &outcome) { connection in
            uses = try Store(connection).bundleUses()
            return try Store(connection).findings() + seal.findings(Store(connection))
        }
        for name in try files.logNames() {
            try look(into: name, LogSchema.schema, &outcome) { try LogStore.findings($0) }
        }
        for use in uses {
            outcome.bundles += 1
            if let complaint = complaint(about: use) { outcome.findings.append(complaint) }
        }
        return outcome
    }

    private func look(
        into name: String, _ schema: Schema, _ outcome: inout Outcome,
        _ findings: (any Connection) throws -> [String]
    ) throws(BackupFailure) {
        let path = "\(files.root)/\(name)"
        do {
            let database = try SQLiteFile(path)
            let version = try database.version()
            guard version <= schema.newest else { throw BackupFailure("\(path): \(schema.refusal(of: version))") }
            outcome.databases += 1
            var found = try database.damage()
            if version == 0, name != DataFiles.databaseName {
                // A day's database that was just made, or that a full disk had no room for: nothing is in it yet.
            } else if version == schema.newest {
                found += try database.read { try findings($0) }
            } else {
                found.append("its schema is that of an older release: start the server, which brings it up to date")
            }
            outcome.findings += found.map { "\(name): \($0)" }
            try database.close()
        } catch let failure as BackupFailure {
            throw failure
        } catch {
            // Dropped a moment ago, since its time was over.
            if access(path, F_OK) != 0, name != DataFiles.databaseName { return }
            outcome.findings.append("\(name): \(error)")
        }
    }

    private func complaint(about use: BundleUse) -> String? {
        let name = "bundle \(use.digest) (\(use.users))"
        guard use.isKnown else { return "\(name) was never uploaded" }
        guard let digest = BundleDigest(use.digest) else { return "\(name) has a name that is no digest" }
        do throws(BundleError) {
            let limits = BundleLimits(archiveBytes: .max, entries: 10_000_000)
            let bundle = try BundleVerifier(limits: limits).verify(archive: files.bundle(use.digest), digest: digest)
            return bundle.bytes == use.size ? nil : "\(name) has \(bundle.bytes) bytes instead of \(use.size)"
        } catch {
            return "\(name): \(error)"
        }
    }
}
