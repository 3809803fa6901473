import Synchronization

/// What retention has removed since the server started, for metrics.
public final class PruningTotals: Sendable {
    /// Runs, and bytes of logs.
    public struct Counts: Sendable, Hashable {
        public var runs = 0
        public var logBytes = 0
    }

    private let counts = Mutex(Counts())

    init() {}

    public var now: Counts { counts.withLock { $0 } }

    func add(runs: Int = 0, logBytes: Int = 0) {
        counts.withLock { counts in
            counts.runs += runs
            counts.logBytes += logBytes
        }
    }
}
