import Domain
import Orchestration
import Wire
import ZeroMQ

/// One agent's conversation with this server, from its hello on: who it is, how much it wants, and what it was given.
/// Pure: it is told what happens and when.
struct Session: Sendable {
    let number: UInt64
    let agent: Agent
    let peer: RoutingID
    let processID: Int32
    private(set) var lastHeard: Timestamp
    /// Free slots that the agent has said it has, less what it has been given since.
    private(set) var credit = 0
    /// Slots that a claim under way has been offered.
    private(set) var reserved = 0
    /// How many assignments have been sent in this session.
    private(set) var assignmentsSent: UInt64 = 0
    /// How many of them the agent had seen when it said last how many slots are free.
    private var assignmentsSeen: UInt64 = 0
    /// The numbers of later ones that could not be handed over: they are not under way.
    private var undelivered: Set<UInt64> = []
    private(set) var isLeaving = false
    /// The last heartbeat that has arrived.
    private(set) var lastHeartbeat: UInt64 = 0
    /// The same when slots were last offered: leases granted since count from its sending, or from later.
    private var heartbeatAtOffer: UInt64 = 0

    init(number: UInt64, agent: Agent, peer: RoutingID, processID: Int32, at now: Timestamp) {
        self.number = number
        self.agent = agent
        self.peer = peer
        self.processID = processID
        lastHeard = now
    }

    /// - Returns: whether it had been silent for so long that it was given nothing.
    @discardableResult
    mutating func heard(at now: Timestamp) -> Bool {
        defer { lastHeard = now }
        return isSilent(at: now)
    }

    private func isSilent(at now: Timestamp) -> Bool { now - lastHeard > Agent.silenceLimit }

    mutating func heard(heartbeat sequence: UInt64) { lastHeartbeat = max(lastHeartbeat, sequence) }

    /// The agent has said how many free slots it has, as of the moment when it had seen `seen` assignments. What was
    /// sent since is under way to it, and takes slots that it could not know of.
    ///
    /// - Returns: whether it can take more than was known.
    @discardableResult
    mutating func ready(credit: Int, assignmentsSeen seen: UInt64) -> Bool {
        assignmentsSeen = seen
        undelivered = undelivered.filter { $0 > seen }
        let underWay = assignmentsSent >= seen ? Int(clamping: assignmentsSent - seen) - undelivered.count : 0
        let before = self.credit
        self.credit = max(0, min(credit, agent.slots) - underWay)
        return self.credit > before
    }

    /// An assignment could not be handed over: the agent never sees it, and the slot that it was for is still free.
    mutating func noteUndelivered(_ number: UInt64) {
        guard number > assignmentsSeen, number <= assignmentsSent, undelivered.insert(number).inserted else { return }
        credit = min(credit + 1, agent.slots)
    }

    /// Counts an assignment.
    ///
    /// - Returns: its number, and the heartbeat that its lease counts from.
    mutating func assign() -> (number: UInt64, afterHeartbeat: UInt64) {
        credit = max(0, credit - 1)
        assignmentsSent += 1
        return (assignmentsSent, heartbeatAtOffer)
    }

    mutating func leave() {
        isLeaving = true
        credit = 0
    }

    /// What it could be given now, reserved for whoever asks. An agent that has been silent for a while is not given
    /// anything.
    mutating func reserveSeat(at now: Timestamp) -> Seat? {
        let free = credit - reserved
        guard free > 0, !isLeaving, !isSilent(at: now) else { return nil }
        if reserved == 0 { heartbeatAtOffer = lastHeartbeat }
        reserved += free
        return Seat(
            agentID: agent.id, session: number, poolID: agent.poolID, queueNames: agent.queueNames, credit: free)
    }

    /// Ends the reservation of a seat.
    mutating func free(_ seat: Seat) { reserved = max(0, reserved - seat.credit) }
}
