import Domain
import TestSupport
import Testing

/// Who is served before whom, of those who found no free slots.
@Suite struct WaitingLineTests {
    private let start = Timestamp(microseconds: 1_767_225_600_000_000)
    private let limit: ID<ConcurrencyLimit>

    init() {
        var generator = SeededGenerator(seed: 5)
        limit = ID(at: start, from: &generator)
    }

    private func wish(_ slots: Int = 1) -> WaitingLine.Wish {
        WaitingLine.Wish(names: ["db"], slots: slots, holder: nil)
    }

    @Test func whoComesAtItsTimeKeepsItsPlace() {
        var line = WaitingLine()
        let first = line.call(wish(), at: start)
        line.wait(first, wish(), for: [limit], until: start + .seconds(1))
        let stranger = line.call(wish(), at: start + .milliseconds(500))
        #expect(stranger != first, "nobody was told to come so early")
        line.wait(stranger, wish(), for: [limit], until: start + .seconds(3))
        #expect(line.call(wish(), at: start + .seconds(1)) == first)
        #expect(line.waiting == [wish(): 1], "a caller that is being answered stands in no line")
    }

    @Test func otherWishesAreOtherCallers() {
        var line = WaitingLine()
        let first = line.call(wish(1), at: start)
        line.wait(first, wish(1), for: [limit], until: start)
        #expect(line.call(wish(2), at: start + .seconds(1)) != first)
        var generator = SeededGenerator(seed: 6)
        let holder = LimitHolder(.taskRun, ID<Never>(at: start, from: &generator))
        let named = WaitingLine.Wish(names: ["db"], slots: 1, holder: holder)
        #expect(line.call(named, at: start + .seconds(1)) != first)
        #expect(line.call(wish(1), at: start + .seconds(1)) == first)
    }

    @Test func whoSaysWhoItIsIsKnownWheneverItComes() {
        var generator = SeededGenerator(seed: 7)
        let holder = LimitHolder(.taskRun, ID<Never>(at: start, from: &generator))
        let wish = WaitingLine.Wish(names: ["db"], slots: 1, holder: holder)
        var line = WaitingLine()
        let number = line.call(wish, at: start)
        line.wait(number, wish, for: [limit], until: start + .seconds(10))
        #expect(line.call(wish, at: start + .seconds(1)) == number)
        #expect(line.waiting.isEmpty || line.waiting[wish] == 0, "it does not stand in its own way")
    }

    @Test func slotsAreKeptForThoseWhoAreAboutToCome() {
        var line = WaitingLine()
        let first = line.call(wish(3), at: start)
        line.wait(first, wish(3), for: [limit], until: start + .seconds(10))
        func kept(_ seconds: Int, before number: Int = 99) -> Int {
            line.kept(of: limit, before: number, at: start + .seconds(seconds))
        }
        #expect(kept(1) == 0, "nothing stays free for somebody who comes in nine seconds")
        #expect(kept(8) == 3 && kept(10) == 3 && kept(12) == 3)
        #expect(kept(13) == 0, "it may have given up")
        #expect(kept(10, before: first) == 0, "only those before it keep somebody back")
        #expect(line.ahead(of: 99, in: limit, at: start + .seconds(1)) == 3)
        #expect(line.ahead(of: 99, in: limit, at: start + .seconds(13)) == 0)
    }

    @Test func theLineIsBoundedAndForgetsWhoDoesNotCome() {
        var line = WaitingLine(longest: 100)
        for _ in 0..<105 {
            line.wait(line.call(wish(), at: start), wish(), for: [limit], until: start + .seconds(30))
        }
        #expect(line.waiting == [wish(): 100])
        #expect(line.ahead(of: .max, in: limit, at: start) == 100)
        _ = line.call(wish(2), at: start + .seconds(60))
        #expect(line.waiting.isEmpty && line.ahead(of: .max, in: limit, at: start) == 0)
    }

    @Test func whatIsToldToWaitingCallers() {
        var limit = ConcurrencyLimit(id: limit, name: "db", slots: 4, created: start, updated: start)
        #expect(
            limit.wait(for: 1, taken: 4, ahead: 0, chance: 0.5) == .milliseconds(250),
            "twice as often as a slot comes free")
        #expect(limit.wait(for: 1, taken: 4, ahead: 7, chance: 0.5) == .seconds(4))
        limit.meanOccupancy = .seconds(3600)
        #expect(limit.wait(for: 1, taken: 4, ahead: 0, chance: 0.5) == .seconds(2), "who is next looks often")
        #expect(limit.wait(for: 1, taken: 4, ahead: 100, chance: 1) == .seconds(30))
        limit.slots = 0
        #expect(limit.wait(for: 1, taken: 0, ahead: 0, chance: 0.5) <= .seconds(30))
        (limit.slots, limit.decay) = (4, 2)
        #expect(
            limit.wait(for: 1, taken: 4, ahead: 0, chance: 0.9) == .milliseconds(500), "when a slot is free, exactly")
        #expect(limit.wait(for: 2, taken: 3.5, ahead: 3, chance: 0.1) == .milliseconds(2250))
        limit.decay = 1e-300
        #expect(limit.wait(for: 1, taken: 4, ahead: 0, chance: 0.9) > .seconds(60))
    }

    @Test func theMeanFollowsWhatIsHeld() {
        var limit = ConcurrencyLimit(id: limit, name: "db", slots: 1, created: start, updated: start)
        for _ in 0..<30 { limit.noteOccupancy(.seconds(10), slots: 1) }
        #expect(abs(limit.meanOccupancy.inSeconds - 10) < 0.01)
        for _ in 0..<60 { limit.noteOccupancy(.zero, slots: 1) }
        #expect(limit.meanOccupancy >= .milliseconds(99), "it is never nothing")
        limit.noteOccupancy(.seconds(Int64.max), slots: 1)
        #expect(limit.meanOccupancy > .seconds(1000))
    }
}
