import Glibc
public import Storage

/// What a database weighs and what it has done, for metrics.
public struct SQLiteFigures: Sendable, Hashable {
    /// Bytes of the file, of which `freeBytes` hold nothing.
    public var fileBytes: Int
    /// Bytes that `reclaim` can give back to the disk.
    public var freeBytes: Int
    /// Both in pages.
    public var pages: Int
    public var freePages: Int
    /// Bytes of the write-ahead log beside it.
    public var logBytes: Int
    /// Transactions committed since it was opened.
    public var commits: Int
    /// Bodies in those transactions.
    public var writes: Int
    /// Bodies that wait for the writer now.
    public var waiting: Int
}

extension SQLiteDatabase {
    /// The present figures.
    ///
    /// - Throws: `StorageError` when it is closed or cannot be read.
    public func figures() async throws -> SQLiteFigures {
        let pages = try await transaction(.read) { connection in
            try ["page_count", "freelist_count", "page_size"].map { name in
                try connection.run("PRAGMA \(name)").first?.count() ?? 0
            }
        }
        let counts = writer.counts
        return SQLiteFigures(
            fileBytes: pages[0] * pages[2], freeBytes: pages[1] * pages[2],
            pages: pages[0], freePages: pages[1], logBytes: path.map { Self.fileSize($0 + "-wal") } ?? 0,
            commits: counts.groups, writes: counts.bodies, waiting: counts.waiting)
    }

    /// Writes the log back into the file, as far as no read needs it. SQLite does so by itself every 16 MB.
    ///
    /// - Returns: whether all of it was written back.
    /// - Throws: `StorageError` when it is closed or the disk refuses.
    @discardableResult
    public func checkpoint() async throws -> Bool {
        try await writerLane.perform { connection in
            guard let row = try connection.run("PRAGMA wal_checkpoint(PASSIVE)").first else { return true }
            return row.values[1] == row.values[2]
        }
    }

    /// Gives free pages back to the disk.
    ///
    /// - Parameter pages: how many at most, so that no other write waits long; a thousand take some milliseconds.
    /// - Returns: how many are free still.
    /// - Throws: `StorageError` when it is closed or the disk refuses.
    public func reclaim(pages: Int = 1000) async throws -> Int {
        try await writerLane.perform { connection in
            try connection.control("PRAGMA incremental_vacuum(\(pages))")
            return try connection.run("PRAGMA freelist_count").first?.count() ?? 0
        }
    }

    static func fileSize(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}

extension SQLiteDatabase: SpaceReclaimer {
    private static let step = 500

    /// Some pages stay free: what is written next would only make the file grow again.
    public func reclaimSpace() async throws {
        let figures = try await figures()
        let reserve = min(1000, figures.pages / 20)
        guard figures.freePages > reserve else { return }
        while try await reclaim(pages: Self.step) > reserve {}
        // The file itself becomes shorter when the log is written back.
        try await checkpoint()
    }
}
