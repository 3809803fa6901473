import Glibc
import Synchronization

/// Random bits of the operating system, some at a time: a run's life takes a dozen words, and each would be a system
/// call.
final class Entropy: Sendable {
    /// Together 256 bytes: so many come at once or not at all (getentropy(3)).
    private static let words = 32
    private let stock = Mutex<[UInt64]>([])

    func next() -> UInt64 {
        stock.withLock { stock in
            if stock.isEmpty { stock = Self.fetch() }
            guard let bits = stock.popLast() else {
                var generator = SystemRandomNumberGenerator()
                return generator.next()
            }
            return bits
        }
    }

    func bytes(_ count: Int) -> [UInt8] {
        (0..<(count + 7) / 8).flatMap { _ in withUnsafeBytes(of: next()) { [UInt8]($0) } }.prefix(count).map(\.self)
    }

    private static func fetch() -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: words) { buffer, count in
            let size = words * MemoryLayout<UInt64>.size
            guard let address = buffer.baseAddress else { return }
            count = getentropy(address, size) == 0 ? words : 0
        }
    }
}
