import Synchronization

/// How often something has happened since the server started: for those who watch it.
public final class Counters: Sendable {
    public enum Event: String, Sendable, CaseIterable {
        /// An agent was given a lease.
        case attemptGranted
        /// An assignment did not reach its agent, or was declined.
        case attemptTakenBack
        /// Nobody renewed a lease in time.
        case leaseExpired
        /// An agent reported of an attempt that was over: the one case in which a program may have executed twice.
        case reportFenced
    }

    private let counts = Mutex<[Event: Int]>([:])

    func add(_ events: [Event: Int]) {
        guard !events.isEmpty else { return }
        counts.withLock { $0.merge(events, uniquingKeysWith: +) }
    }

    /// How often it has happened.
    public func count(of event: Event) -> Int { counts.withLock { $0[event] ?? 0 } }
}
