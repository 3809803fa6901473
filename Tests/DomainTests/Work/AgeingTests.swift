import Domain
import TestSupport
import Testing

@Suite struct AgeingTests {
    private static let start = Timestamp(microseconds: 1_700_000_000_000_000)

    @Test(arguments: 1...20)
    func `A run is overtaken only by what comes within its steps`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let step = Duration.milliseconds(Int.random(in: 1...3_600_000, using: &random))
        let ageing = Ageing(step: step)
        for _ in 0..<200 {
            let (priority, advantage) = (Int.random(in: -9...9, using: &random), Int.random(in: 1...9, using: &random))
            let delay = Duration.microseconds(Int64.random(in: 0...20 * 3_600_000_000, using: &random))
            let old = ageing.rank(priority: priority, due: Self.start)
            let late = ageing.rank(priority: priority + advantage, due: Self.start + delay)
            #expect((late < old) == (delay < step * advantage))
        }
    }

    @Test func `A lower number of a queue goes first, until another has waited a step longer`() {
        let ageing = Ageing(step: .seconds(60))
        func rank(_ priority: Int, _ seconds: Int) -> Timestamp {
            ageing.rank(queuePriority: priority, due: Self.start + .seconds(seconds))
        }
        #expect(rank(1, 0) < rank(2, 0))
        #expect(rank(1, 59) < rank(2, 0))
        #expect(rank(1, 61) > rank(2, 0))
    }

    @Test func `The largest numbers stay in order`() {
        let ageing = Ageing(step: .seconds(86_400 * 365))
        let ranks = [Int.max, 1_000_000_000, 1, 0, -1, -1_000_000_000, Int.min].map {
            ageing.rank(priority: $0, due: Self.start)
        }
        #expect(ranks == ranks.sorted())
    }
}
