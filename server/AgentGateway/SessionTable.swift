import Domain
import Orchestration
import ZeroMQ

/// All sessions, by the peer that speaks and by the agent that it is. An agent has one session: the newest.
struct SessionTable: Sendable {
    private var byPeer: [RoutingID: Session] = [:]
    private var peerOfAgent: [ID<Agent>: RoutingID] = [:]
    /// The agents that were told to end once their runs have, until they say goodbye or are started anew.
    private var drains: [ID<Agent>: Drain] = [:]
    /// The hellos that have come and are not answered yet: of each peer, the newest.
    private var greetings: [RoutingID: UInt64] = [:]
    private var lastGreeting: UInt64 = 0
    private var lastNumber: UInt64
    /// Somebody has asked for seats while some were reserved.
    private var isAskedAgain = false

    /// - Parameter firstNumber: larger than that of any session of an earlier server, so that none is mistaken for one
    ///   of this.
    init(firstNumber: UInt64) { lastNumber = firstNumber }

    var count: Int { byPeer.count }
    /// The oldest first: what is said to all is said in an order that a simulation can repeat.
    var all: [Session] { byPeer.values.sorted { $0.number < $1.number } }

    /// The session that a message belongs to, if it is still the agent's newest.
    func session(of peer: RoutingID, number: UInt64) -> Session? {
        guard let session = byPeer[peer], session.number == number else { return nil }
        return session
    }

    func session(of agent: ID<Agent>) -> Session? { peerOfAgent[agent].flatMap { byPeer[$0] } }

    /// A hello has come: what the agent has been granted until now is settled by the answer, so nothing more is granted
    /// in its earlier session, which is over; and of several hellos that wait, the newest alone begins another.
    ///
    /// - Returns: the hello's number.
    mutating func greet(_ agent: ID<Agent>, peer: RoutingID) -> UInt64 {
        end(peer)
        // Another peer that is the same agent is told that its session is over once this one's has begun.
        if let other = peerOfAgent[agent] { byPeer[other]?.leave() }
        lastGreeting += 1
        greetings[peer] = lastGreeting
        return lastGreeting
    }

    /// A hello has been refused.
    ///
    /// - Returns: whether no newer one waits.
    mutating func dismiss(greeting: UInt64, of peer: RoutingID) -> Bool {
        guard greetings[peer] == greeting else { return false }
        greetings[peer] = nil
        return true
    }

    /// Begins a session; an earlier one of the agent, or of the peer, is over.
    ///
    /// - Parameters:
    ///   - greeting: of the hello that it answers.
    ///   - processID: the agent's process. One that was told to end still is to, in a new session.
    /// - Returns: the session, and the other peers whose session it has ended; nothing when a newer hello waits.
    mutating func begin(
        _ agent: Agent, peer: RoutingID, processID: Int32, answering greeting: UInt64, at now: Timestamp
    ) -> (session: Session, replaced: [RoutingID])? {
        guard dismiss(greeting: greeting, of: peer) else { return nil }
        let replaced = peerOfAgent[agent.id].map { [$0] } ?? []
        for old in replaced { byPeer[old] = nil }
        lastNumber += 1
        var session = Session(number: lastNumber, agent: agent, peer: peer, processID: processID, at: now)
        if drains[agent.id]?.processID == processID { session.leave() } else { drains[agent.id] = nil }
        byPeer[peer] = session
        peerOfAgent[agent.id] = peer
        return (session, replaced.filter { $0 != peer })
    }

    /// Ends the session with `peer`.
    ///
    /// - Parameter number: only if it is this one.
    /// - Returns: whether there was one.
    @discardableResult
    mutating func end(_ peer: RoutingID, number: UInt64? = nil) -> Bool {
        guard let session = byPeer[peer], number == nil || session.number == number else { return false }
        byPeer[peer] = nil
        if peerOfAgent[session.agent.id] == peer { peerOfAgent[session.agent.id] = nil }
        return true
    }

    /// An agent is to be given nothing more, and told why until it has said goodbye.
    ///
    /// - Returns: its session, if it has one.
    mutating func drain(_ agent: ID<Agent>, reason: String) -> Session? {
        guard let session = session(of: agent) else { return nil }
        drains[agent] = Drain(reason: reason, processID: session.processID)
        byPeer[session.peer]?.leave()
        return session
    }

    /// The session with `peer`, and why its agent is to end, if it was told to.
    func drain(of peer: RoutingID) -> (session: UInt64, reason: String)? {
        byPeer[peer].flatMap { session in drains[session.agent.id].map { (session.number, $0.reason) } }
    }

    /// The agent says goodbye, so it has heard that it is to end. The session is over when all that it said is taken.
    mutating func endDrain(of peer: RoutingID) {
        if let session = byPeer[peer] { drains[session.agent.id] = nil }
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
        // In one order always, so that what happens can be repeated.
        return seats.sorted { $0.session < $1.session }
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
        all.filter { $0.lastHeard >= time }.map { ($0.agent.id, $0.lastHeard) }
    }

    /// Ends sessions that nothing was heard of since `time`.
    ///
    /// - Returns: their peers.
    mutating func forgetSilent(since time: Timestamp) -> [RoutingID] {
        let silent = all.filter { $0.lastHeard < time }.map(\.peer)
        for peer in silent {
            endDrain(of: peer)
            end(peer)
        }
        return silent
    }

    private struct Drain: Sendable {
        let reason: String
        let processID: Int32
    }
}
