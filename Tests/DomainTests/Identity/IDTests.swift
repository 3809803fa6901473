import Domain
import TestSupport
import Testing

@Suite struct IDTests {
    private enum Thing {}

    @Test func textAndBytesRoundTrip() throws {
        var generator = SeededGenerator(seed: 1)
        for millisecond in 0..<500 {
            let id = ID<Thing>(at: Timestamp(microseconds: Int64(millisecond) * 977_000_123), from: &generator)
            #expect(ID<Thing>(id.description) == id)
            #expect(ID<Thing>(id.description.uppercased()) == id)
            #expect(ID<Thing>(bytes: id.bytes) == id)
            let digits = Array(id.description)
            #expect(digits[14] == "7" && "89ab".contains(digits[19]), "version 7, variant of RFC 9562")
        }
    }

    @Test(arguments: [
        "", "018f0000", "018f0000-0000-7000-8000-00000000000", "018f0000-0000-7000-8000-0000000000000",
        "018f0000x0000-7000-8000-000000000000", "g18f0000-0000-7000-8000-000000000000",
        "018f00000-000-7000-8000-000000000000",
    ])
    func whatIsNoIDIsRefused(text: String) { #expect(ID<Thing>(text) == nil) }

    @Test func idsOfOneSourceAreInTheOrderOfTheirMaking() {
        var generator = SeededGenerator(seed: 2)
        var source = IDSource()
        var time = Timestamp(microseconds: 1_767_225_600_000_000)
        var last: ID<Thing>?
        for step in 0..<20_000 {
            // Many in one millisecond, and a clock that is set back now and then.
            if step % 1000 == 0 { time = time + (step % 3000 == 0 ? .seconds(-5) : .milliseconds(1)) }
            let id: ID<Thing> = source.next(at: time, from: &generator)
            if let last { #expect(last < id && last.description < id.description) }
            last = id
        }
    }
}
