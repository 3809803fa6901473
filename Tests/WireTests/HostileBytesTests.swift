import TestSupport
import Testing
import Wire

/// Whatever a peer sends, reading it ends with a message or an error.
struct HostileBytesTests {
    private func read(_ bytes: [UInt8]) {
        _ = try? Envelope<AgentMessage>(decoding: bytes)
        _ = try? Envelope<ServerMessage>(decoding: bytes)
    }

    @Test(arguments: 0..<20)
    func arbitraryBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let count = Int.random(in: 0...200, using: &random)
            read((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }

    @Test(arguments: 0..<20)
    func mutatedMessages(seed: UInt64) {
        var source = MessageSource(seed: seed)
        let agent = source.agentMessages().map { Envelope(session: seed, body: $0).encoded() }
        let server = source.serverMessages().map { Envelope(session: seed, body: $0).encoded() }
        for bytes in agent + server {
            for _ in 0..<60 { read(mutate(bytes, &source.random)) }
            for length in 0..<min(bytes.count, 120) { read(Array(bytes[..<length])) }
        }
    }

    private func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: at)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
            default: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        return bytes
    }

    /// Lengths that promise more than there is, and nesting without end.
    @Test func announcedLengths() {
        for tag in UInt8.min...UInt8.max {
            read([tag, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F])
            read([0x08, 0x01, tag, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
        }
        read([UInt8](repeating: 0x0B, count: 100_000))
    }
}
