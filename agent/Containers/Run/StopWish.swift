import Domain
import Synchronization

/// Whether a container is to end, and how soon.
///
/// Whoever stops it sends this process a SIGTERM. When somebody wanted that, a file says so, with the time that the
/// container has to end by itself. Without the file the container has run into its timeout; or its lease has ended, and
/// then there is no time: the run may soon execute elsewhere, and this process is killed half a second later.
final class StopWish: Sendable {
    private let gracePath: String
    private let timeout: Duration?
    private let grace: Duration
    private let began = ContinuousClock.now
    private let asked = Mutex<ContinuousClock.Instant?>(nil)

    init(_ order: ContainerOrder) {
        (gracePath, timeout, grace) = (order.gracePath, order.timeout, order.grace)
    }

    /// SIGTERM has come.
    func note() { asked.withLock { $0 = $0 ?? .now } }

    var isWanted: Bool { asked.withLock { $0 != nil } }

    /// Whether its lease has ended.
    var isForLease: Bool { asked.withLock(\.self).map { patience(at: $0) == nil } ?? false }

    /// How long the container still has; zero when it is to be killed. It can become less while one looks.
    var timeLeft: Duration {
        guard let since = asked.withLock({ $0 }) else { return .seconds(3600) }
        return max(.zero, (patience(at: since) ?? .zero) - since.duration(to: .now))
    }

    /// Nothing when the lease has ended.
    private func patience(at asked: ContinuousClock.Instant) -> Duration? {
        if let bytes = SmallFile.read(gracePath), let wished = Int(String(decoding: bytes, as: UTF8.self)) {
            return .milliseconds(wished)
        }
        // The supervisor's clock began a little before this process did.
        if let timeout, began.duration(to: asked) >= timeout - .seconds(1) { return grace }
        return nil
    }
}
