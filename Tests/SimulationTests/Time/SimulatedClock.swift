import Domain
import Synchronization

/// A host's two clocks, as the code on it reads them: one that people set, and one that only goes forward.
final class SimulatedClock: Sendable {
    private struct Hands {
        var wall: Timestamp
        var elapsed: Duration
    }

    /// 2026-01-01T00:00:00Z.
    static let beginning = Timestamp(microseconds: 1_767_225_600_000_000)

    private let hands: Mutex<Hands>

    init() { hands = Mutex(Hands(wall: Self.beginning, elapsed: .zero)) }

    var wall: Timestamp { hands.withLock { $0.wall } }
    var elapsed: Duration { hands.withLock { $0.elapsed } }

    /// - Parameters:
    ///   - time: virtual time, in microseconds.
    ///   - error: what the wall clock is ahead of the truth, in microseconds.
    func set(_ time: Int64, wallAhead error: Int64) {
        hands.withLock {
            $0.wall = Timestamp(microseconds: Self.beginning.microseconds + time + error)
            $0.elapsed = .microseconds(time)
        }
    }
}
