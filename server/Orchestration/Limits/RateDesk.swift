import Domain
import Synchronization

/// When rates let runs start that they have kept back. It is a hint: a server that has been started anew finds out when
/// the first agent asks.
final class RateDesk: Sendable {
    private let openings = Mutex<[ID<WorkQueue>: Timestamp]>([:])

    /// Runs of these queues may start then, at the earliest.
    func note(_ times: [ID<WorkQueue>: Timestamp]) {
        openings.withLock { $0.merge(times) { min($0, $1) } }
    }

    /// The queues whose time has come, which are forgotten; and when that of the next will have.
    func takeOpen(at now: Timestamp) -> (queues: [ID<WorkQueue>], next: Timestamp?) {
        openings.withLock { openings in
            let open = openings.filter { $0.value <= now }.map(\.key)
            for queue in open { openings[queue] = nil }
            return (open.sorted(), openings.values.min())
        }
    }
}
