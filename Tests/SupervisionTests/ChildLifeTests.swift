import TestSupport
import Testing

@testable import Supervision

/// Times are in nanoseconds, and small.
struct ChildLifeTests {
    private func life(
        timeout: UInt64 = .max, lease: UInt64 = .max, grace: UInt64 = 10, leaseGrace: UInt64 = 4
    ) -> ChildLife {
        ChildLife(
            startedAt: at(0), timeout: timeout, leaseEndsAt: at(lease), grace: grace, leaseGrace: leaseGrace, drain: 5)
    }

    private func at(_ time: UInt64) -> Uptime { Uptime(nanoseconds: time) }

    @Test func withoutLimitsNothingIsEverDue() {
        var life = life()
        #expect(life.due == at(.max))
        #expect(life.tick(at: at(1 << 60)) == .nothing)
    }

    @Test func aChildThatEndsByItselfIsDrained() {
        var life = life()
        #expect(life.mainEnded(at: at(3)) == .kill)
        #expect(life.phase == .draining(until: at(8)))
        #expect(life.tick(at: at(7)) == .nothing)
        #expect(life.tick(at: at(8)) == .finish)
        #expect(life.stop == nil)
    }

    @Test(
        arguments: [
            (UInt64(20), UInt64(30), StopReason.timedOut, UInt64(30)), (30, 20, .leaseEnded, 24),
            (20, 20, .leaseEnded, 24),
        ])
    func theFirstDeadlineStops(timeout: UInt64, lease: UInt64, reason: StopReason, killed: UInt64) {
        var life = life(timeout: timeout, lease: lease)
        #expect(life.due == at(20))
        #expect(life.tick(at: at(19)) == .nothing)
        #expect(life.tick(at: at(20)) == .terminate)
        #expect(life.stop == reason)
        #expect(life.tick(at: at(killed - 1)) == .nothing)
        #expect(life.tick(at: at(killed)) == .kill)
        #expect(life.mainEnded(at: at(killed + 1)) == .nothing)
        #expect(life.phase == .draining(until: at(killed + 6)))
    }

    @Test func aKillIsRepeatedUntilTheMainProcessEnds() {
        var life = life()
        #expect(life.requestStop(.requested, grace: 0, at: at(1)) == .kill)
        #expect(life.tick(at: life.due) == .kill)
        #expect(life.tick(at: life.due) == .kill)
        #expect(life.isKilling)
    }

    @Test func renewalMovesTheEndBothWaysButNotOutOfAStop() {
        var life = life(lease: 20)
        life.renew(until: at(110))
        #expect(life.due == at(110))
        life.renew(until: at(15))
        #expect(life.tick(at: at(15)) == .terminate)
        life.renew(until: at(116))
        #expect(life.tick(at: at(19)) == .kill)
        #expect(life.stop == .leaseEnded)
    }

    @Test func noGraceGoesOnAfterTheLease() {
        var life = life(timeout: 15, lease: 20, grace: 100)
        #expect(life.tick(at: at(15)) == .terminate)
        #expect(life.due == at(24))
        life.renew(until: at(46))
        #expect(life.due == at(50), "the agent is still in touch")
        #expect(life.tick(at: at(50)) == .kill)
        #expect(life.stop == .timedOut)
    }

    @Test func aLimitOnlyMovesTheEndNearer() {
        var life = life(lease: 20)
        life.limit(to: at(30))
        #expect(life.due == at(20))
        life.limit(to: at(10))
        #expect(life.due == at(10))
    }

    @Test func theFirstReasonStandsAndTheShorterGraceCounts() {
        var life = life()
        #expect(life.requestStop(.requested, grace: 100, at: at(0)) == .terminate)
        #expect(life.requestStop(.timedOut, grace: 200, at: at(0)) == .nothing)
        #expect(life.due == at(100))
        #expect(life.requestStop(.timedOut, grace: 50, at: at(0)) == .nothing)
        #expect(life.due == at(50))
        #expect(life.stop == .requested)
    }

    @Test func aMainProcessThatObeysLeavesTheGraceToItsDescendants() {
        var life = life()
        #expect(life.requestStop(.requested, at: at(0)) == .terminate)
        #expect(life.mainEnded(at: at(1)) == .nothing)
        #expect(!life.isKilling)
        var late = life
        #expect(late.tick(at: at(10)) == .kill)
        #expect(late.phase == .draining(until: at(15)))
        life.descendantsEnded(at: at(2))
        #expect(life.phase == .draining(until: at(7)))
    }

    /// Whatever happens in whatever order, a child whose main process has ended comes to its end when time passes.
    @Test func everyLifeEnds() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            var life = life(timeout: .random(in: 0...50, using: &random), lease: .random(in: 0...50, using: &random))
            var now: UInt64 = 0
            for _ in 0..<30 {
                now += .random(in: 0...5, using: &random)
                switch Int.random(in: 0...4, using: &random) {
                case 0: _ = life.requestStop(.requested, grace: .random(in: 0...20, using: &random), at: at(now))
                case 1: if !life.mainHasEnded { _ = life.mainEnded(at: at(now)) }
                case 2: life.renew(until: at(now + .random(in: 0...50, using: &random)))
                case 3: life.descendantsEnded(at: at(now))
                default: _ = life.tick(at: at(now))
                }
            }
            if !life.mainHasEnded { _ = life.mainEnded(at: at(now)) }
            var action = ChildLife.Action.nothing
            for _ in 0..<3 where action != .finish { action = life.tick(at: life.due) }
            #expect(action == .finish)
        }
    }
}
