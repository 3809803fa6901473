import Domain
import Orchestration
import ZeroMQ

/// All sessions, by the peer that speaks and by the agent that it is. An agent has one session: the newest.
struct SessionTable: Sendable {
    private var byPeer: [RoutingID: Session] = [:]
    private var peerOfAgent: [ID<Agent>: RoutingID] = [:]
    private var lastNumber: UInt64
    /// Somebody has asked for seats while some were reserved.
    private var isAskedAgain = false

    /// - Parameter firstNumber: larger than that of any session of an earlier server, so that none is mistaken for one
    ///   of this.
    init(firstNumber: UInt64) { lastNumber = firstNumber }

    var count: Int { byPeer.count }
    var all: [Session] { Array(byPeer.values) }

    /// The session that a message belongs to, if it is still the agent's newest.
    func session(of peer: RoutingID, number: UInt64) -> Session? {
        guard let session = byPeer[peer], session.number == number else { return nil }
        return session
    }

    func session(of agent: ID<Agent>) -> Session? { peerOfAgent[agent].flatMap { byPeer[$0] } }

    /// Begins a session; an earlier one of the agent, or of the peer, is over.
    ///
    /// - Returns: the session, and the other peers whose session it has ended.
    mutating func begin(
        _ agent: Agent, peer: RoutingID, at now: Timestamp
    ) -> (session: Session, replaced: [RoutingID]) {
        let replaced = peerOfAgent[agent.id].map { [$0] } ?? []
        for old in replaced { byPeer[old] = nil }
        if let old = byPeer[peer] { peerOfAgent[old.agent.id] = nil }
        lastNumber += 1
        let session = Session(number: lastNumber, agent: agent, peer: peer, at: now)
        byPeer[peer] = session
        peerOfAgent[agent.id] = peer
        return (session, replaced.filter { $0 != peer })
    }

    mutating func end(_ peer: RoutingID) {
        guard let session = byPeer.removeValue(forKey: peer) else { return }
        peerOfAgent[session.agent.id] = nil
    }

    /// Changes a session by `body`, if there is one.
    mutating func update<Result>(_ peer: RoutingID, _ body: (inout Session) -> Result) -> Result? {
        guard var session = byPeer[peer] else { return nil }
        defer { byPeer[peer] = session }
        return body(&session)
    }

    /// The agents that wait for work: their free slots are reserved until they are freed.
    mutating func reserveSeats(at now: Timestamp) -> [Seat] {
        var seats: [Seat] = []
        for peer in byPeer.keys {
            if byPeer[peer]?.reserved != 0 { isAskedAgain = true }
            if let seat = byPeer[peer]?.reserveSeat(at: now) { seats.append(seat) }
        }
        return seats
    }

    /// Ends reservations. Those of sessions that are over are over anyway.
    ///
    /// - Returns: whether somebody has asked in vain meanwhile, and is to be served now.
    mutating func free(_ seats: [Seat]) -> Bool {
        defer { isAskedAgain = false }
        for seat in seats {
            guard let peer = peerOfAgent[seat.agentID], byPeer[peer]?.number == seat.session else { continue }
            byPeer[peer]?.free(seat)
        }
        return isAskedAgain
    }

    /// The agents that were heard of since `time`, and when they were.
    func heard(since time: Timestamp) -> [(agent: ID<Agent>, at: Timestamp)] {
        byPeer.values.filter { $0.lastHeard >= time }.map { ($0.agent.id, $0.lastHeard) }
    }

    /// Ends sessions that nothing was heard of since `time`.
    ///
    /// - Returns: their peers.
    mutating func forgetSilent(since time: Timestamp) -> [RoutingID] {
        let silent = byPeer.filter { $0.value.lastHeard < time }.map(\.key)
        for peer in silent { end(peer) }
        return silent
    }
}
