/// Makes version 7 ids whose order is that of their making, also within one millisecond and when the clock steps back
/// (RFC 9562 §6.2, method 2: the random part is counted up).
public struct IDSource: Sendable {
    private var last = ID<Never>(high: 0, low: 0)

    public init() {}

    /// The next id, later in order than all before it.
    public mutating func next<Subject>(
        _: Subject.Type = Subject.self, at now: Timestamp, from random: inout some RandomNumberGenerator
    ) -> ID<Subject> {
        let fresh = ID<Never>(at: now, from: &random)
        last =
            fresh.high >> 16 > last.high >> 16
            ? fresh : successor(of: last, by: UInt32.random(in: 1..<1 << 30, using: &random))
        return last.cast()
    }

    /// Counts the 74 random bits up; when they run over, the milliseconds move on.
    private func successor(of id: ID<Never>, by step: UInt32) -> ID<Never> {
        let variant: UInt64 = 0x8000_0000_0000_0000
        let (low, carries) = (id.low & ~variant & 0x3FFF_FFFF_FFFF_FFFF).addingReportingOverflow(UInt64(step))
        guard carries || low > 0x3FFF_FFFF_FFFF_FFFF else { return ID(high: id.high, low: low | variant) }
        let counter = (id.high & 0xFFF) + 1
        let milliseconds = (id.high >> 16) + (counter > 0xFFF ? 1 : 0)
        return ID(
            high: milliseconds << 16 | 0x7000 | (counter & 0xFFF), low: (low & 0x3FFF_FFFF_FFFF_FFFF) | variant)
    }
}
