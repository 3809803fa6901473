import TestSupport
import Testing
import Wire

/// Whatever a peer sends, reading it ends with a message or an error.
struct HostileBytesTests {
    private func read(_ bytes: [UInt8]) {
        _ = try? Envelope<AgentMessage>(decoding: bytes)
        _ = try? Envelope<ServerMessage>(decoding: bytes)
    }

    @Test(arguments: Fuzz.seeds(20))
    func arbitraryBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let count = Int.random(in: 0...200, using: &random)
            read((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }

    @Test(arguments: Fuzz.seeds(20))
    func mutatedMessages(seed: UInt64) {
        var source = MessageSource(seed: seed)
        var mutation = Mutation(seed: seed)
        let agent = source.agentMessages().map { Envelope(session: seed, body: $0).encoded() }
        let server = source.serverMessages().map { Envelope(session: seed, body: $0).encoded() }
        for bytes in agent + server {
            for _ in 0..<60 { read(mutation(bytes)) }
            for length in 0..<min(bytes.count, 120) { read(Array(bytes[..<length])) }
        }
    }

    /// What damage has made of a message is a message like any other: it is written and read as itself.
    @Test(arguments: Fuzz.seeds(20))
    func whatIsReadCanBeWritten(seed: UInt64) throws {
        var source = MessageSource(seed: seed)
        var mutation = Mutation(seed: seed)
        var accepted = 0
        for message in source.agentMessages() {
            let sound = Envelope(session: seed, body: message).encoded()
            for _ in 0..<60 {
                guard let read = try? Envelope<AgentMessage>(decoding: mutation(sound)) else { continue }
                #expect(try Envelope<AgentMessage>(decoding: read.encoded()) == read, "seed \(seed)")
                accepted += 1
            }
        }
        for message in source.serverMessages() {
            let sound = Envelope(session: seed, body: message).encoded()
            for _ in 0..<60 {
                guard let read = try? Envelope<ServerMessage>(decoding: mutation(sound)) else { continue }
                #expect(try Envelope<ServerMessage>(decoding: read.encoded()) == read, "seed \(seed)")
                accepted += 1
            }
        }
        #expect(accepted > 50)
    }

    /// Lengths that promise more than there is, and nesting without end.
    @Test func announcedLengths() {
        for tag in UInt8.min...UInt8.max {
            read([tag, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F])
            read([0x08, 0x01, tag, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
        }
        // Groups and sub-messages, each in the one before.
        read([UInt8](repeating: 0x0B, count: 100_000))
        read([UInt8](repeating: 0x9B, count: 100_000))
        for field in 1..<40 as Range<UInt8> {
            var nested: [UInt8] = []
            for _ in 0..<2000 { nested = [field << 3 | 2] + Self.varint(nested.count) + nested }
            read(nested)
            read([0x08, 0x01] + nested)
        }
    }

    private static func varint(_ value: Int) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }
}
