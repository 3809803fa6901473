import Supervision

/// Which zygotes there are to be: pure. It is told what happens and when, and says what is to be opened and closed.
///
/// A zygote is opened when a child comes that it could have become, and serves the next ones; so the first child of a
/// kind waits for nothing. It is closed when nobody has wanted it for a while.
struct ZygoteRoster {
    /// Each takes up some hundred megabytes, for as long as it is there.
    static let most = 3
    /// How long one is kept that nobody wants.
    static let idle: Duration = .seconds(300)
    /// How long none is opened of a kind that could not be.
    static let pause: Duration = .seconds(600)
    /// After so many that served nobody, children seem to be each of a kind of its own: only what comes back gets one.
    static let mostWasted = 3
    private static let mostRemembered = 100

    /// What is to be done, in this order.
    struct Orders: Equatable {
        var close: [String] = []
        var open: ZygoteSpec?
        /// Whether the child can be made of one now.
        var isReady = false
    }

    private enum State: Equatable {
        case opening, ready
        case failed(until: Duration)
    }

    private struct Entry {
        var state: State
        var lastUse: Duration
        var hasServed = false
    }

    private var entries: [String: Entry] = [:]
    private var seen: Set<String> = []
    private var wasted = 0

    /// A child comes.
    mutating func use(_ spec: ZygoteSpec, at now: Duration) -> Orders {
        if case .failed(let until) = entries[spec.key]?.state, now >= until { entries[spec.key] = nil }
        guard var entry = entries[spec.key] else { return open(spec, at: now) }
        entry.lastUse = now
        if entry.state == .ready {
            entry.hasServed = true
            wasted = 0
        }
        entries[spec.key] = entry
        return Orders(isReady: entry.state == .ready)
    }

    private mutating func open(_ spec: ZygoteSpec, at now: Duration) -> Orders {
        if wasted >= Self.mostWasted, !seen.contains(spec.key) {
            if seen.count >= Self.mostRemembered { seen = [] }
            seen.insert(spec.key)
            return Orders()
        }
        var orders = Orders(open: spec)
        let living = entries.filter { $0.value.state == .opening || $0.value.state == .ready }
        if living.count >= Self.most, let oldest = living.min(by: { $0.value.lastUse < $1.value.lastUse })?.key {
            orders.close = [oldest]
            drop(oldest)
        }
        entries[spec.key] = Entry(state: .opening, lastUse: now)
        return orders
    }

    mutating func noteReady(_ key: String) {
        if entries[key]?.state == .opening { entries[key]?.state = .ready }
    }

    /// It is gone.
    ///
    /// - Parameter mayReturn: whether another of its kind would do better.
    mutating func noteEnd(_ key: String, mayReturn: Bool, at now: Duration) {
        guard let entry = entries[key], entry.state == .opening || entry.state == .ready else { return }
        if mayReturn { drop(key) } else { entries[key]?.state = .failed(until: now + Self.pause) }
    }

    /// Closes those that nobody has wanted for a while.
    mutating func closeIdle(at now: Duration) -> [String] {
        let idle = entries.filter { $0.value.state == .ready && now - $0.value.lastUse >= Self.idle }.map(\.key)
        for key in idle { drop(key) }
        return idle.sorted()
    }

    /// All are gone: their supervisor has ended.
    mutating func noteLoss() { entries = entries.filter { $0.value.state != .opening && $0.value.state != .ready } }

    private mutating func drop(_ key: String) {
        if entries.removeValue(forKey: key)?.hasServed == false { wasted += 1 }
    }
}
