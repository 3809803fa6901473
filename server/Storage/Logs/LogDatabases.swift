public import Domain

/// The databases that log lines are in: one for each day on which lines arrived (see `LogSchema`).
public protocol LogDatabases: Sendable {
    /// The days that have a database, the oldest first.
    ///
    /// - Parameter first: days before it may be left out.
    func days(from first: LogDay?) async throws -> [LogDay]

    /// The day that lines belong to which arrive now. It never goes back, not even when the clock does: the chunks of
    /// a run count up through the days.
    func arrival(at now: Timestamp) async throws -> LogDay

    /// Runs `body` on the day's database, which is not removed meanwhile.
    ///
    /// - Returns: nothing when the day has none (any more).
    func use<Result: Sendable>(
        _ day: LogDay, _ body: @Sendable (any Database) async throws -> Result
    ) async throws -> Result?

    /// How large each day's database is on the disk, the oldest first.
    func sizes() async throws -> [(day: LogDay, bytes: Int)]

    /// How much of the day's database is in use, in bytes.
    func bytesUsed(on day: LogDay) async throws -> Int

    /// Removes the day's database, once nobody uses it. Whoever asks for it from now on finds that there is none.
    func remove(_ day: LogDay) async throws

    /// Gives back to the disk what is free in the day's database, a little at a time.
    func reclaim(_ day: LogDay) async throws
}

/// One database for all days, which grows and never leaves: for tests and simulations.
struct OneLogDatabase: LogDatabases {
    private static let day = LogDay(number: 0)
    let database: any Database

    func days(from first: LogDay?) -> [LogDay] { [Self.day] }
    func arrival(at now: Timestamp) -> LogDay { Self.day }
    func use<Result: Sendable>(
        _ day: LogDay, _ body: @Sendable (any Database) async throws -> Result
    ) async throws -> Result? { try await body(database) }
    func sizes() -> [(day: LogDay, bytes: Int)] { [] }
    func bytesUsed(on day: LogDay) -> Int { 0 }
    func remove(_ day: LogDay) {}
    func reclaim(_ day: LogDay) {}
}
