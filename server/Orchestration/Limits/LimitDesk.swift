import Domain
import Synchronization

/// Where those stand who wait for slots of limits. The line is used inside transactions, one after the other; it is
/// gone with the server, and those who wait then begin a new one.
final class LimitDesk: Sendable {
    private let line = Mutex(WaitingLine())

    func withLine<Result: Sendable>(_ body: (inout WaitingLine) -> Result) -> Result {
        line.withLock { body(&$0) }
    }
}
