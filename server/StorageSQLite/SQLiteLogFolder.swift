public import Domain
import Glibc
public import Storage

/// The databases of log lines as files in one folder, `YYYY-MM-DD.sqlite` each.
///
/// A file is opened when something is asked of its day, and only a few stay open. Removing a day waits for those who
/// use it, and then takes the file away.
public actor SQLiteLogFolder {
    /// How many files stay open without being in use.
    static let openLimit = 8
    private static let readers = 2

    private struct OpenFile {
        let database: SQLiteDatabase
        var users = 0
        /// When it was used last, in uses of all.
        var lastUse = 0
    }

    private let path: String
    private let lock: ProcessLock
    /// Ascending.
    private var known: [LogDay]
    private var open: [LogDay: OpenFile] = [:]
    private var closing: [LogDay: Task<Void, any Error>] = [:]
    private var removals: [LogDay: CheckedContinuation<Void, Never>] = [:]
    private var uses = 0
    private var isClosed = false
    /// How many files have been opened: what tests look at.
    private(set) var openings = 0
    var openFiles: Int { open.count }

    /// Opens the folder, and makes it if there is none. No file in it is opened yet.
    ///
    /// - Parameters:
    ///   - path: of the folder. One process has it open: it locks `PATH.lock`.
    ///   - former: a database of all lines, as earlier releases wrote it, which becomes the file of the day on which it
    ///     was last written. Nothing happens when there is no such file.
    ///   - now: no line has arrived later than that.
    /// - Throws: `StorageError.unavailable` when another process has it open, or the disk refuses.
    public init(path: String, adopting former: String? = nil, at now: Timestamp) throws(StorageError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw LogFiles.failure("make the folder", path) }
        // A loss of power is not to take the folder with all that is stored in it.
        try LogFiles.sync("\(path)/..")
        lock = try ProcessLock(besides: path)
        self.path = path
        if let former { try LogFiles.adopt(former, into: path, at: now) }
        known = try LogFiles.days(in: path)
    }

    /// Closes every file. Whoever asks for a day from now on is refused.
    ///
    /// - Throws: `StorageError` when the disk refuses; what was acknowledged is kept all the same.
    public func close() async throws {
        isClosed = true
        for day in open.keys { startClosing(day) }
        for task in closing.values { try await task.value }
        lock.release()
    }
}

// MARK: - Files in use

extension SQLiteLogFolder {
    private func take(_ day: LogDay) async throws -> SQLiteDatabase? {
        while let task = closing[day] { _ = await task.result }
        guard !isClosed else { throw SQLiteFailure.closed }
        guard known.contains(day) else { return nil }
        if open[day] == nil {
            openings += 1
            open[day] = OpenFile(
                database: try SQLiteDatabase(
                    path: file(day), schema: LogSchema.schema, readers: Self.readers, isGuarded: true))
        }
        uses += 1
        open[day]?.users += 1
        open[day]?.lastUse = uses
        return open[day]?.database
    }

    private func release(_ day: LogDay) {
        open[day]?.users -= 1
        if open[day]?.users == 0 { removals.removeValue(forKey: day)?.resume() }
        while open.count > Self.openLimit, let idle = longestIdle() { startClosing(idle) }
    }

    private func longestIdle() -> LogDay? {
        open.filter { $0.value.users == 0 }.min { $0.value.lastUse < $1.value.lastUse }?.key
    }

    private func startClosing(_ day: LogDay) {
        guard let database = open.removeValue(forKey: day)?.database else { return }
        closing[day] = Task {
            defer { closing[day] = nil }
            try await database.close()
        }
    }

    private func file(_ day: LogDay) -> String { "\(path)/\(day.fileName)" }
}

extension SQLiteLogFolder: LogDatabases {
    public func days(from first: LogDay?) -> [LogDay] {
        guard let first else { return known }
        return Array(known.drop { $0 < first })
    }

    public func arrival(at now: Timestamp) -> LogDay {
        let today = LogDay(now)
        if let newest = known.last, newest >= today { return newest }
        known.append(today)
        return today
    }

    public func use<Result: Sendable>(
        _ day: LogDay, _ body: @Sendable (any Database) async throws -> Result
    ) async throws -> Result? {
        guard let database = try await take(day) else { return nil }
        defer { release(day) }
        return try await body(database)
    }

    public func sizes() async throws -> [(day: LogDay, bytes: Int)] {
        var sizes: [(day: LogDay, bytes: Int)] = []
        for day in known {
            if let task = closing[day] { _ = await task.result }
            // Of an open one, some may not have been written back into the file yet.
            guard let database = open[day]?.database else {
                sizes.append((day, SQLiteDatabase.fileSize(file(day))))
                continue
            }
            let figures = try? await database.figures()
            sizes.append((day, figures?.fileBytes ?? SQLiteDatabase.fileSize(file(day))))
        }
        return sizes
    }

    public func bytesUsed(on day: LogDay) async throws -> Int {
        guard let database = try await take(day) else { return 0 }
        defer { release(day) }
        let figures = try await database.figures()
        return figures.fileBytes - figures.freeBytes
    }

    public func reclaim(_ day: LogDay) async throws {
        guard let database = try await take(day) else { return }
        defer { release(day) }
        try await database.reclaimSpace()
    }

    public func remove(_ day: LogDay) async throws {
        guard let place = known.firstIndex(of: day) else { return }
        known.remove(at: place)
        if let file = open[day], file.users > 0 {
            await withCheckedContinuation { removals[day] = $0 }
        }
        startClosing(day)
        if let task = closing[day] { _ = await task.result }
        try LogFiles.remove(file(day))
    }
}
