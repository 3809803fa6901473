public import Domain
import Synchronization

/// A clock that stands still until it is moved.
public final class ManualClock: Sendable {
    private let state: Mutex<Timestamp>

    /// - Parameter start: 2026-01-01T00:00:00Z unless said otherwise.
    public init(at start: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000)) { state = Mutex(start) }

    /// Where it stands.
    public var time: Timestamp { state.withLock { $0 } }

    public func advance(by span: Duration) { state.withLock { $0 = $0 + span } }
}
