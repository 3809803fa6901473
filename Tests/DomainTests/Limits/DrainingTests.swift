import Domain
import TestSupport
import Testing

/// How slots of a limit on a rate come free by themselves.
@Suite struct DrainingTests {
    private let start = Timestamp(microseconds: 1_767_225_600_000_000)

    private func hold(_ slots: Int, drained: Timestamp?, granted: Timestamp? = nil, lease: Duration? = nil) -> SlotHold
    {
        var generator = SeededGenerator(seed: UInt64(slots))
        return SlotHold(
            leaseID: ID(at: start, from: &generator), limitID: ID(at: start, from: &generator), slots: slots,
            granted: granted ?? start, leaseDuration: lease, drained: drained)
    }

    @Test func aHoldIsFreeAfterItsTime() {
        let end = Draining.end(of: 3, decay: 2, behind: nil, at: start)
        #expect(end == start + .milliseconds(1500))
        let hold = hold(3, drained: end)
        #expect(hold.taken(at: start, decay: 2) == 3)
        #expect(abs(hold.taken(at: start + .milliseconds(500), decay: 2) - 2) < 1e-9)
        #expect(hold.taken(at: end, decay: 2) == 0)
    }

    @Test func whatCameLaterIsFreeLater() {
        let first = hold(1, drained: Draining.end(of: 1, decay: 1, behind: nil, at: start))
        let second = hold(2, drained: Draining.end(of: 2, decay: 1, behind: first.drained, at: start))
        let half = start + .milliseconds(500)
        #expect(first.taken(at: half, decay: 1) == 0.5)
        #expect(second.taken(at: half, decay: 1) == 2, "it has not begun to come free")
        #expect(second.taken(at: start + .seconds(2), decay: 1) == 1)
    }

    /// Whatever is taken when, and however the rate changes: all holds together come to what a vessel holds that runs
    /// empty at the rate of the moment.
    @Test(arguments: 1...40) func holdsComeToWhatAVesselHolds(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var (now, decay, level) = (start, 1.5, 0.0)
        var holds: [SlotHold] = []
        for step in 0..<60 {
            let span = Duration.milliseconds(Int.random(in: 0...3000, using: &generator))
            now = now + span
            level = max(0, level - decay * span.inSeconds)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                let changed = Double.random(in: 0.1...10, using: &generator)
                holds = Draining.rearranged(
                    holds.filter { $0.taken(at: now, decay: decay) > 0 }, from: decay, to: changed, at: now)
                decay = changed
            default:
                let slots = Int.random(in: 1...5, using: &generator)
                let last = holds.compactMap(\.drained).max()
                let end = Draining.end(of: Double(slots), decay: decay, behind: last, at: now)
                holds.append(hold(slots, drained: end, granted: now))
                level += Double(slots)
            }
            let taken = holds.reduce(0) { $0 + $1.taken(at: now, decay: decay) }
            #expect(abs(taken - level) < 1e-3, "seed \(seed), step \(step)")
        }
    }

    @Test func ratesThatAreAlmostNoneBreakNothing() {
        for decay in [1e-300, 1e-9, 1e300] {
            let end = Draining.end(of: 1e9, decay: decay, behind: nil, at: start)
            #expect(end >= start)
        }
    }

    @Test func aLimitThatBeginsToDecayLetsGoOfWhatNobodyGivesBack() {
        let held = [hold(2, drained: nil), hold(1, drained: nil, granted: start + .seconds(1), lease: .seconds(60))]
        let changed = Draining.rearranged(held, from: 0, to: 1, at: start + .seconds(5))
        #expect(changed.map(\.drained) == [start + .seconds(7), start + .seconds(8)])
        #expect(changed.map(\.expiry) == [start + .seconds(7), nil], "a lease ends by its own time")
    }
}
