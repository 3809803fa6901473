import Storage
import Synchronization
import TestSupport
import ZeroMQ

/// One life of the server's process, from its start to its crash: what its code does reaches the world through here,
/// and nothing does any more once it is over.
final class ServerLife: Sendable {
    /// What the server's code has brought about during a turn.
    enum Output: Sendable {
        case send([UInt8], RoutingID)
        case poke
        case finish([RoutingID])
        case perform(@Sendable () async -> Void)
        /// To be done in the world once the turn is over.
        case then(@Sendable (isolated World) -> Void)
        case crashed
        case violation(String)
    }

    /// How often something befalls a transaction.
    struct Rates: Sendable {
        var park = 0.0
        var crash = 0.0
        var failure = 0.0
        /// Of those that park: for how long at most, in microseconds.
        var longestPark: Int64 = 1000
    }

    /// The process is no more.
    struct Crashed: Error {}

    private struct State {
        var isOver = false
        var outputs: [Output] = []
        var rates: Rates
        var random: SeededGenerator
    }

    let number: Int
    let turns: Turns
    private let state: Mutex<State>

    init(number: Int, turns: Turns, rates: Rates, seed: UInt64) {
        (self.number, self.turns) = (number, turns)
        state = Mutex(State(rates: rates, random: SeededGenerator(seed: seed)))
    }

    var isOver: Bool { state.withLock { $0.isOver } }

    func end() { state.withLock { $0.isOver = true } }

    func trouble(with rates: Rates) { state.withLock { $0.rates = rates } }

    func calm() { state.withLock { $0.rates = Rates(park: 0.2) } }

    func randomBits() -> UInt64 { state.withLock { $0.random.next() } }

    /// What the code of a process that is over does has no effect; what the world wants to know of it does.
    func put(_ output: Output) {
        state.withLock { state in
            switch output {
            case .then, .crashed, .violation: state.outputs.append(output)
            case .send, .poke, .finish, .perform: if !state.isOver { state.outputs.append(output) }
            }
        }
    }

    func takeOutputs() -> [Output] {
        state.withLock { state in
            defer { state.outputs = [] }
            return state.outputs
        }
    }

    // MARK: - What befalls a transaction

    private enum Fate {
        case nothing
        case park(Int64)
        case crash, failure
    }

    private func fate() throws -> Fate {
        try state.withLock { state in
            guard !state.isOver else { throw Crashed() }
            let number = Double.random(in: 0..<1, using: &state.random)
            let rates = state.rates
            if number < rates.crash { return .crash }
            if number < rates.crash + rates.failure { return .failure }
            guard number < rates.crash + rates.failure + rates.park else { return .nothing }
            return .park(Int64.random(in: 0...rates.longestPark, using: &state.random))
        }
    }

    /// Before a transaction: the process may be switched away from it, may crash, or the disk may refuse.
    func enterTransaction() async throws {
        switch try fate() {
        case .nothing: break
        case .park(let delay): try await park(delay)
        case .crash: try crash()
        case .failure: throw StorageError.unavailable("the simulated disk refuses")
        }
    }

    /// After the commit and before anybody hears of it.
    func leaveTransaction() async throws {
        switch try fate() {
        case .nothing, .failure: break
        case .park(let delay): try await park(delay)
        case .crash: try crash()
        }
    }

    private func park(_ delay: Int64) async throws {
        try await turns.park(for: delay)
        if isOver { throw Crashed() }
    }

    private func crash() throws -> Never {
        end()
        put(.crashed)
        throw Crashed()
    }
}
