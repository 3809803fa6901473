import Domain
import Orchestration
import TestSupport
import Testing
import ZeroMQ

@testable import AgentGateway

/// Credit and silence, without a socket.
@Suite struct SessionTests {
    private let now = Timestamp(microseconds: 1_767_225_600_000_000)

    private func session(slots: Int = 4) -> Session {
        var generator = SeededGenerator(seed: 1)
        let agent = Agent(
            id: ID(at: now, from: &generator), name: "a", host: "h", version: "1",
            poolID: ID(at: now, from: &generator), queueNames: [], slots: slots, labels: [:], lastSeen: now,
            created: now)
        return Session(number: 1, agent: agent, peer: RoutingID([1]), processID: 1, at: now)
    }

    /// What an agent would be offered now.
    private func offer(to session: Session, at now: Timestamp) -> Seat? {
        var session = session
        return session.reserveSeat(at: now)
    }

    /// Says hello, and is answered.
    @discardableResult
    private func begin(
        _ agent: Agent, _ peer: RoutingID, in table: inout SessionTable, at now: Timestamp? = nil
    ) -> (session: Session, replaced: [RoutingID])? {
        let greeting = table.greet(agent.id, peer: peer)
        return table.begin(agent, peer: peer, processID: 1, answering: greeting, at: now ?? self.now)
    }

    private func credits(offeredBy table: inout SessionTable) -> [Int] { table.reserveSeats(at: now).map(\.credit) }

    @Test func creditIsATotalLessWhatIsUnderWay() {
        var session = session()
        session.ready(credit: 4, assignmentsSeen: 0)
        #expect(offer(to: session, at: now)?.credit == 4)
        #expect(session.assign().number == 1)
        #expect(session.assign().number == 2)
        #expect(offer(to: session, at: now)?.credit == 2)
        // Said before the second assignment arrived: one of the three free slots is spoken for.
        session.ready(credit: 3, assignmentsSeen: 1)
        #expect(offer(to: session, at: now)?.credit == 2)
        session.ready(credit: 3, assignmentsSeen: 1)
        #expect(offer(to: session, at: now)?.credit == 2, "saying it twice changes nothing")
        session.ready(credit: 0, assignmentsSeen: 2)
        #expect(offer(to: session, at: now) == nil)
    }

    @Test func whatAnAgentClaimsIsBounded() {
        var session = session(slots: 2)
        session.ready(credit: 1_000_000, assignmentsSeen: 0)
        #expect(offer(to: session, at: now)?.credit == 2)
        session.ready(credit: 2, assignmentsSeen: .max)
        #expect(offer(to: session, at: now)?.credit == 2)
    }

    @Test func aSilentOrLeavingAgentIsGivenNothing() {
        var session = session()
        session.ready(credit: 4, assignmentsSeen: 0)
        #expect(offer(to: session, at: now + Agent.silenceLimit) != nil)
        #expect(offer(to: session, at: now + Agent.silenceLimit + .seconds(1)) == nil)
        session.heard(at: now + Agent.silenceLimit + .seconds(1))
        #expect(offer(to: session, at: now + Agent.silenceLimit + .seconds(1)) != nil)
        session.leave()
        #expect(offer(to: session, at: now + Agent.silenceLimit + .seconds(1)) == nil)
    }

    @Test func aReservedSlotIsOfferedToNobodyElse() {
        var table = SessionTable(firstNumber: 1)
        let peer = RoutingID([1])
        begin(session().agent, peer, in: &table)
        _ = table.update(peer) { $0.ready(credit: 3, assignmentsSeen: 0) }
        let first = table.reserveSeats(at: now)
        #expect(first.map(\.credit) == [3])
        #expect(credits(offeredBy: &table).isEmpty)
        // One slot more has come free meanwhile.
        _ = table.update(peer) { $0.ready(credit: 4, assignmentsSeen: 0) }
        #expect(credits(offeredBy: &table) == [1])
        _ = table.update(peer) { $0.assign() }
        let isAskedAgain = table.free(first)
        #expect(isAskedAgain, "somebody has asked in vain")
        #expect(credits(offeredBy: &table) == [2], "four, less one reserved, less one assigned")
    }

    @Test func aReservationEndsWithItsSession() {
        var table = SessionTable(firstNumber: 1)
        let (agent, peer) = (session().agent, RoutingID([1]))
        for _ in 0..<2 {
            begin(agent, peer, in: &table)
            _ = table.update(peer) { $0.ready(credit: 2, assignmentsSeen: 0) }
            let seats = table.reserveSeats(at: now)
            #expect(seats.map(\.credit) == [2])
            begin(agent, peer, in: &table)
            _ = table.update(peer) { $0.ready(credit: 2, assignmentsSeen: 0) }
            #expect(credits(offeredBy: &table) == [2])
            _ = table.free(seats)
            #expect(credits(offeredBy: &table).isEmpty, "an old reservation frees nothing of a later session")
        }
    }

    @Test func anAgentHasOneSessionTheNewest() throws {
        var table = SessionTable(firstNumber: 10)
        let agent = session().agent
        let (first, none) = try #require(begin(agent, RoutingID([1]), in: &table))
        #expect(none.isEmpty)
        let (second, replaced) = try #require(begin(agent, RoutingID([2]), in: &table, at: now + .seconds(1)))
        #expect(replaced == [RoutingID([1])] && second.number > first.number)
        #expect(table.session(of: RoutingID([1]), number: first.number) == nil)
        #expect(table.session(of: RoutingID([2]), number: first.number) == nil)
        #expect(table.session(of: agent.id)?.number == second.number)
        #expect(table.heard(since: now).map(\.agent) == [agent.id])
        #expect(table.forgetSilent(since: now + .seconds(2)) == [RoutingID([2])])
        #expect(table.count == 0)
    }

    @Test func aHelloEndsWhatWasAndTheNewestOneAloneIsAnswered() {
        var table = SessionTable(firstNumber: 1)
        let (agent, peer) = (session().agent, RoutingID([1]))
        begin(agent, peer, in: &table)
        _ = table.update(peer) { $0.ready(credit: 2, assignmentsSeen: 0) }
        let first = table.greet(agent.id, peer: peer)
        #expect(table.session(of: agent.id) == nil, "nothing more is granted in the session before")
        #expect(credits(offeredBy: &table).isEmpty)
        let second = table.greet(agent.id, peer: peer)
        #expect(table.begin(agent, peer: peer, processID: 1, answering: first, at: now) == nil, "a newer hello waits")
        #expect(table.begin(agent, peer: peer, processID: 1, answering: second, at: now) != nil)
        let third = table.greet(agent.id, peer: peer)
        let wasNewest = table.dismiss(greeting: third, of: peer)
        #expect(wasNewest)
        #expect(table.begin(agent, peer: peer, processID: 1, answering: third, at: now) == nil)
    }

    @Test func theEndOfASessionDoesNotEndTheNext() throws {
        var table = SessionTable(firstNumber: 1)
        let (agent, peer) = (session().agent, RoutingID([1]))
        let old = try #require(begin(agent, peer, in: &table)).session
        let new = try #require(begin(agent, peer, in: &table)).session
        let hasEnded = table.end(peer, number: old.number)
        #expect(!hasEnded && table.session(of: agent.id)?.number == new.number)
    }

    @Test func anAssignmentThatWasNotHandedOverLeavesItsSlotFree() {
        var session = session(slots: 1)
        session.ready(credit: 1, assignmentsSeen: 0)
        _ = session.assign()
        #expect(offer(to: session, at: now) == nil)
        session.noteUndelivered(1)
        session.noteUndelivered(1)
        #expect(offer(to: session, at: now)?.credit == 1)
        let isMore = session.ready(credit: 1, assignmentsSeen: 0)
        #expect(!isMore, "said again, it is no news")
        #expect(offer(to: session, at: now)?.credit == 1, "what was not handed over is not under way")
        _ = session.assign()
        session.ready(credit: 0, assignmentsSeen: 2)
        #expect(offer(to: session, at: now) == nil)
    }

    @Test func whoIsBackAfterSilenceIsOfferedWorkAgain() {
        var session = session()
        session.ready(credit: 4, assignmentsSeen: 0)
        let wasAway = [5, 11, 22].map { session.heard(at: now + .seconds($0)) }
        #expect(wasAway == [false, false, true])
    }
}
