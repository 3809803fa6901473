public import Domain
import Synchronization

/// Hands runs to the agents that wait for them: in a server the agents' gateway.
public protocol Dispatcher: AnyObject, Sendable {
    /// The agents that wait, with their free slots. Nobody else is offered these slots until `dispatch` is called with
    /// the same seats.
    func reserveSeats() -> [Seat]

    /// Sends what was granted, whose leases are on disk, and frees the slots that nothing was granted for.
    func dispatch(_ grants: [Grant], to seats: [Seat])
}

/// An agent that waits for work, and how much of it.
public struct Seat: Sendable, Hashable {
    public let agentID: ID<Agent>
    /// The session that it waits in: a reservation says nothing about a later one.
    public let session: UInt64
    public let poolID: ID<WorkPool>
    /// The queues that it serves; none means all of the pool.
    public let queueNames: [String]
    /// Free slots.
    public let credit: Int

    public init(
        agentID: ID<Agent>, session: UInt64 = 0, poolID: ID<WorkPool>, queueNames: [String], credit: Int
    ) {
        self.agentID = agentID
        self.session = session
        self.poolID = poolID
        self.queueNames = queueNames
        self.credit = credit
    }
}

/// Where the dispatcher is found while there is one.
public final class DispatchDesk: Sendable {
    private let dispatcher = Mutex<(any Dispatcher)?>(nil)

    /// From now on runs that become ready are offered to this dispatcher's agents.
    public func open(to dispatcher: any Dispatcher) { self.dispatcher.withLock { $0 = dispatcher } }

    /// From now on they wait for whoever asks for work.
    public func close() { dispatcher.withLock { $0 = nil } }

    var current: (any Dispatcher)? { dispatcher.withLock(\.self) }
}

/// The seats that one change has reserved, until it is settled.
final class Reservation: Sendable {
    private struct State {
        var dispatcher: (any Dispatcher)?
        var seats: [Seat] = []
    }

    private let desk: DispatchDesk
    private let state = Mutex(State())

    init(at desk: DispatchDesk) { self.desk = desk }

    /// The seats of the agents that wait; none the second time, until this is settled.
    func reserve() -> [Seat] {
        guard let dispatcher = desk.current else { return [] }
        return state.withLock { state in
            guard state.seats.isEmpty else { return [] }
            state = State(dispatcher: dispatcher, seats: dispatcher.reserveSeats())
            return state.seats
        }
    }

    /// Sends the grants, if any, and frees the rest.
    func settle(_ grants: [Grant]) {
        let held = state.withLock { state in
            defer { state = State() }
            return state
        }
        guard !held.seats.isEmpty else { return }
        held.dispatcher?.dispatch(grants, to: held.seats)
    }
}
