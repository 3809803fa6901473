public import Domain
import Synchronization

/// Time, chance and ids: what the orchestration is given instead of taking it. A main makes the real ones; tests and
/// simulations make their own.
public final class Surroundings: Sendable {
    private let clock: @Sendable () -> Timestamp
    private let leaseClock: @Sendable () -> Timestamp
    private let chance: Mutex<Chance>
    /// Bytes that are left where the data are kept, if that can be told.
    let freeBytes: @Sendable () -> Int?
    let timeZones: TimeZones

    private struct Chance {
        var bits: RandomBits
        var ids = IDSource()
    }

    /// - Parameters:
    ///   - clock: the time of the world.
    ///   - steady: the time since any moment, by a clock that nobody sets; nothing where nobody sets `clock`.
    ///   - random: 64 random bits a call, which jitter, names and the random part of ids are made from.
    ///   - freeBytes: bytes that are left where the data are kept, if that can be told.
    ///   - timeZones: the zones that schedules name.
    public init(
        clock: @escaping @Sendable () -> Timestamp, steady: (@Sendable () -> Duration)? = nil,
        random: @escaping @Sendable () -> UInt64,
        freeBytes: @escaping @Sendable () -> Int? = { nil }, timeZones: TimeZones = .system
    ) {
        self.timeZones = timeZones
        self.clock = clock
        if let steady {
            let origin = clock() - steady()
            leaseClock = { origin + steady() }
        } else {
            leaseClock = clock
        }
        self.freeBytes = freeBytes
        chance = Mutex(Chance(bits: RandomBits(source: random)))
    }

    public var now: Timestamp { clock() }

    /// The time that leases are counted in: that of the world when this was made, and from then on that of a clock which
    /// nobody sets. To set the host's clock neither ends a lease nor makes it longer.
    public var leaseTime: Timestamp { leaseClock() }

    /// An id later in order than all that were made before.
    public func newID<Subject>(_: Subject.Type = Subject.self) -> ID<Subject> {
        let now = now
        return chance.withLock { $0.ids.next(at: now, from: &$0.bits) }
    }

    /// A number below `bound`.
    func number(below bound: Int) -> Int { chance.withLock { Int.random(in: 0..<bound, using: &$0.bits) } }

    /// Random bytes.
    func bytes(_ count: Int) -> [UInt8] {
        chance.withLock { chance in (0..<count).map { _ in UInt8.random(in: 0...255, using: &chance.bits) } }
    }

    /// What one decision needs.
    func occasion(at now: Timestamp) -> Occasion {
        let chance = chance.withLock { Double.random(in: -1...1, using: &$0.bits) }
        return Occasion(now: now, chance: chance, stateID: newID())
    }
}

private struct RandomBits: RandomNumberGenerator {
    let source: @Sendable () -> UInt64

    mutating func next() -> UInt64 { source() }
}
