import Domain

extension Store {
    /// What is wrong with what is stored, a line each: rows that contradict each other or cannot be read. Looks at
    /// everything; nothing that is done often asks for this.
    ///
    /// - Parameter limit: how many findings at most, for each thing that can be wrong.
    /// - Throws: `StorageError` when it cannot be read at all.
    public func findings(limit: Int = 20) throws(StorageError) -> [String] {
        var findings: [String] = []
        for invariant in Invariant.all {
            let found = try rows("SELECT * FROM (\(invariant.sql)) AS found LIMIT $1", .int(limit))
                .decoded { reader throws(StorageError) in try reader.text() }
            findings += found.map { "\($0) \(invariant.complaint)" }
        }
        return findings + (try unreadyRuns(limit: limit))
    }

    /// Runs whose rows cannot be read, or whose place in the ready set is not what their state asks for.
    private func unreadyRuns(limit: Int) throws(StorageError) -> [String] {
        let page = 1000
        var findings: [String] = []
        var last = ""
        while findings.count < limit {
            let rows = try rows(
                """
                SELECT \(Self.headColumns), run.due, run.readiness FROM \(Self.runWithState)
                WHERE run.id > $1 ORDER BY run.id LIMIT \(page)
                """, .text(last))
            for row in rows {
                var reader = row.reader
                last = try reader.text()
                if let complaint = Self.complaint(about: row) { findings.append("run \(last) \(complaint)") }
            }
            if rows.count < page { break }
        }
        return Array(findings.prefix(limit))
    }

    private static func complaint(about row: Row) -> String? {
        do {
            var reader = row.reader
            let head = try head(&reader)
            guard try reader.optionalTime() == head.machine.due else {
                return "is due at another time than its state says"
            }
            let isListed = try reader.int() != Readiness.none.rawValue
            if isListed && !head.machine.isClaimable { return "is in the ready set, although it does not wait" }
            if !isListed && head.machine.isClaimable && head.laneID != nil {
                return "waits, and is not in the ready set"
            }
            return nil
        } catch {
            return "cannot be read: \(error)"
        }
    }

    /// The bundles that were uploaded, by digest, with the deployments that need them.
    ///
    /// - Throws: `StorageError`.
    public func bundleUses() throws(StorageError) -> [BundleUse] {
        var uses: [String: BundleUse] = [:]
        let known = try rows("SELECT digest, size FROM bundle")
            .decoded { reader throws(StorageError) in (try reader.text(), try reader.int()) }
        for (digest, size) in known { uses[digest] = BundleUse(digest: digest, size: size, isKnown: true) }
        for deployment in try deployments(Query(limit: Int(Int32.max))) {
            guard let bundle = deployment.execution?.bundle else { continue }
            uses[bundle.digest, default: BundleUse(digest: bundle.digest, size: bundle.size, isKnown: false)]
                .deployments.append(deployment.name)
        }
        return uses.values.sorted { $0.digest < $1.digest }
    }
}

/// A bundle as the database knows it.
public struct BundleUse: Sendable, Hashable {
    public let digest: String
    /// Bytes of the archive.
    public let size: Int
    /// False when only deployments name it: it was never uploaded, or has been forgotten.
    public let isKnown: Bool
    /// The names of the deployments that need it.
    public var deployments: [String] = []
}
