public import Domain
import Synchronization

/// A clock that stands still until it is moved.
public final class ManualClock: Sendable {
    private let time: Mutex<Timestamp>

    /// - Parameter start: 2026-01-01T00:00:00Z unless said otherwise.
    public init(at start: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000)) { time = Mutex(start) }

    public var now: Timestamp { time.withLock { $0 } }

    public func advance(by span: Duration) { time.withLock { $0 = $0 + span } }
}
