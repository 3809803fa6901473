import Domain
import Wire

/// An attempt that this agent has taken and is not done with.
struct HeldAttempt: Sendable {
    enum Phase: Sendable, Hashable {
        /// What it needs is being made ready.
        case preparing
        /// Handed to the executor, which has not answered yet.
        case starting
        case running
        case ended(ChildEnd)
    }

    /// How far its output has come.
    enum Output: Sendable, Hashable {
        case open
        /// Everything has been sent in this session, or in an earlier one whose rest is sent again first.
        case sent
        /// Everything has been committed, or there was nothing.
        case taken
    }

    let key: AttemptKey
    let lease: Duration
    let grace: Duration
    /// Attempts are listed in the order of their taking.
    let ordinal: Int
    var phase: Phase
    /// When the lease ends, as far as this agent knows; never later than for the server.
    var leaseEnd: Duration
    var output = Output.open
    /// Which code it executes, if it has any.
    var codeRevision: String?
    /// The server wants it to end, and leaves it so much time.
    var stopGrace: Duration?
    /// The attempt is over for the server: nothing is said of it any more.
    var isFenced = false

    /// Those that the server has not acknowledged, in order. The first `sent` have been sent in this session.
    var reports: [Report] = []
    var sent = 0
    var sentAt: Duration = .zero
    var nextSequence = 1
    var isEndReported = false
    /// Until when its start may wait to be told together with its end.
    var startWaitsUntil: Duration?

    var isStopping: Bool { stopGrace != nil }
    var isEndTaken: Bool { isEndReported && reports.isEmpty }
    /// Whether the agent vouches for it in heartbeats.
    var isHeld: Bool { !isFenced && !isEndTaken }
    var occupiesSlot: Bool { !isEndReported }
    var hasChild: Bool { phase == .starting || phase == .running }

    /// The reports that may be sent now: the end waits until the output is sent, and the start a moment for the end.
    func sendable(at now: Duration) -> ArraySlice<Report> {
        let mustWait = isEndReported && output == .open && !reports.isEmpty
        var limit = mustWait ? reports.count - 1 : reports.count
        if let end = waitingStart, end > now, limit == sent + 1 { limit = sent }
        return reports[min(sent, limit)..<limit]
    }

    /// When the start is to be told that waits for the end.
    var waitingStart: Duration? {
        guard let startWaitsUntil, sent < reports.count, case .started = reports[sent].fact else { return nil }
        return startWaitsUntil
    }
}

/// The last keys that were let go of: whatever still arrives for them is late.
struct RecentKeys: Sendable {
    private var keys: Set<AttemptKey> = []
    private var ring: [AttemptKey] = []
    private var position = 0
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    func contains(_ key: AttemptKey) -> Bool { keys.contains(key) }

    mutating func insert(_ key: AttemptKey) {
        guard keys.insert(key).inserted else { return }
        if ring.count < capacity {
            ring.append(key)
        } else {
            keys.remove(ring[position])
            ring[position] = key
            position = (position + 1) % capacity
        }
    }
}
