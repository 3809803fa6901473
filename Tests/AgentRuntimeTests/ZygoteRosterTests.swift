import Supervision
import Testing

@testable import Executors

/// Which zygotes there are to be, as time goes by.
@Suite struct ZygoteRosterTests {
    private func spec(_ key: String) -> ZygoteSpec {
        ZygoteSpec(key: key, arguments: [], environment: [:], directory: "/")
    }

    /// A roster with these zygotes, opened and ready, a second apart.
    private func roster(_ keys: String...) -> ZygoteRoster {
        var roster = ZygoteRoster()
        for (second, key) in keys.enumerated() {
            _ = roster.use(spec(key), at: .seconds(second))
            roster.noteReady(key)
        }
        return roster
    }

    @Test func theFirstChildOpensOneAndThoseAfterItAreMadeOfIt() {
        var roster = ZygoteRoster()
        #expect(roster.use(spec("a"), at: .zero) == .init(open: spec("a")))
        #expect(roster.use(spec("a"), at: .seconds(1)) == .init(), "it is not ready yet")
        roster.noteReady("a")
        #expect(roster.use(spec("a"), at: .seconds(2)) == .init(isReady: true))
    }

    @Test func theOneThatWasWantedLongestAgoMakesRoom() {
        var roster = roster("a", "b", "c")
        _ = roster.use(spec("a"), at: .seconds(10))
        #expect(roster.use(spec("d"), at: .seconds(11)) == .init(close: ["b"], open: spec("d")))
        #expect(roster.use(spec("a"), at: .seconds(12)).isReady)
    }

    @Test func whatNobodyWantsIsClosed() {
        var roster = roster("a", "b")
        _ = roster.use(spec("b"), at: .seconds(200))
        #expect(roster.closeIdle(at: .seconds(299)).isEmpty)
        #expect(roster.closeIdle(at: .seconds(301)) == ["a"])
        #expect(roster.use(spec("a"), at: .seconds(302)).open == spec("a"))
    }

    @Test func whatCannotBeIsTriedAgainMuchLater() {
        var roster = roster("a")
        roster.noteEnd("a", mayReturn: false, at: .seconds(1))
        #expect(roster.use(spec("a"), at: .seconds(2)) == .init())
        #expect(roster.use(spec("a"), at: .seconds(602)).open == spec("a"))
        roster.noteEnd("a", mayReturn: true, at: .seconds(603))
        #expect(roster.use(spec("a"), at: .seconds(604)).open == spec("a"))
    }

    @Test func whereEachChildIsOfAKindOfItsOwnOnlyWhatComesBackGetsOne() {
        var roster = ZygoteRoster()
        for number in 0..<6 {
            #expect(roster.use(spec("\(number)"), at: .seconds(number)).open != nil)
            roster.noteReady("\(number)")
        }
        #expect(roster.use(spec("once"), at: .seconds(10)) == .init())
        #expect(roster.use(spec("other"), at: .seconds(11)) == .init())
        #expect(roster.use(spec("once"), at: .seconds(12)).open == spec("once"))
    }

    @Test func aLostSupervisorTakesAllWithIt() {
        var roster = roster("a")
        roster.noteLoss()
        #expect(roster.use(spec("a"), at: .seconds(1)).open == spec("a"))
    }
}
