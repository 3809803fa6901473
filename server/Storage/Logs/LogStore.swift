import Domain

/// The log lines of runs, in databases of their own, one for each day on which lines arrived.
///
/// Lines are stored in chunks, a row a batch; reading puts them in order by time, following in order of arrival, both
/// across all the days that a run's lines arrived on.
public struct LogStore: Sendable {
    let databases: any LogDatabases
    let spans = LogSpans()

    public init(_ databases: any LogDatabases) { self.databases = databases }

    /// One database for everything, for tests and simulations: it is never pruned.
    public init(_ database: any Database) { self.init(OneLogDatabase(database: database)) }
}

// MARK: - Days

extension LogStore {
    /// By how much the clock may have been set back between the making of a run and its first line.
    private static let clockStep: Duration = .seconds(3600)

    /// The days whose databases may hold something of the run, the oldest first.
    func days(of runID: ID<FlowRun>) async throws -> [LogDay] {
        try await databases.days(from: Self.firstDay(of: runID))
    }

    /// Nothing arrives of a run before it was made.
    static func firstDay(of runID: ID<FlowRun>) -> LogDay? { runID.time.map { LogDay($0 - clockStep) } }

    /// Runs `body` in a transaction on the day's database.
    ///
    /// - Returns: nothing when the day has been removed.
    func transaction<Result: Sendable>(
        _ mode: TransactionMode, on day: LogDay,
        _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result? {
        try await databases.use(day) { try await $0.transaction(mode, body) }
    }
}
