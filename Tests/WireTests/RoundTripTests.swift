import Domain
import TestSupport
import Testing
import Wire

struct RoundTripTests {
    @Test(arguments: 0..<200)
    func everyMessageIsReadAsItWasWritten(seed: UInt64) throws {
        var source = MessageSource(seed: seed)
        for message in source.agentMessages() {
            let envelope = Envelope(session: seed, body: message)
            #expect(try Envelope<AgentMessage>(decoding: envelope.encoded()) == envelope)
        }
        for message in source.serverMessages() {
            let envelope = Envelope(session: seed, body: message)
            #expect(try Envelope<ServerMessage>(decoding: envelope.encoded()) == envelope)
        }
    }

    @Test func aMessageOfTheOtherDirectionIsGarbage() {
        var source = MessageSource(seed: 1)
        for message in source.agentMessages() {
            let bytes = Envelope(session: 1, body: message).encoded()
            #expect(throws: WireError.garbage) { try Envelope<ServerMessage>(decoding: bytes) }
        }
        for message in source.serverMessages() {
            let bytes = Envelope(session: 1, body: message).encoded()
            #expect(throws: WireError.garbage) { try Envelope<AgentMessage>(decoding: bytes) }
        }
    }

    /// Also when nothing else of it is understood: another version may have other messages.
    @Test(arguments: [UInt8(0), 2, 3, 127])
    func anUnknownVersionSaysSo(version: UInt8) {
        var bytes = Envelope(session: 1, body: AgentMessage.goodbye(reason: "")).encoded()
        #expect(bytes.prefix(2) == [0x08, 0x01])
        bytes[1] = version
        let error = WireError.unknownVersion(UInt32(version))
        #expect(throws: error) { try Envelope<AgentMessage>(decoding: bytes) }
        #expect(throws: error) { try Envelope<AgentMessage>(decoding: [0x08, version]) }
        #expect(throws: error) { try Envelope<AgentMessage>(decoding: [0x08, version, 0xBA, 0x3F, 0x01, 0x2A]) }
    }

    @Test func aFieldWithoutMeaningIsNamed() {
        /// An envelope whose message has this field number in `agent.proto`, and these bytes.
        func error(_ field: Int, _ content: [UInt8]) -> WireError? {
            let tag = field << 3 | 2
            let head: [UInt8] = tag < 128 ? [UInt8(tag)] : [UInt8(tag & 127 | 128), UInt8(tag >> 7)]
            do throws(WireError) {
                _ = try Envelope<AgentMessage>(decoding: [0x08, 0x01] + head + [UInt8(content.count)] + content)
                return nil
            } catch { return error }
        }
        let run: [UInt8] = [0x0A, 16] + [UInt8](repeating: 1, count: 16)
        let key: [UInt8] = run + [0x10, 1]
        #expect(error(10, []) == .invalidField("hello.agent_id"))
        #expect(error(12, []) == .invalidField("key.run_id"))
        #expect(error(13, [0x12, UInt8(run.count)] + run) == .invalidField("key.attempt"))
        #expect(error(13, [0x12, UInt8(key.count)] + key) == nil)
        #expect(error(14, []) == .invalidField("report.fact"))
        #expect(error(14, [0x5A, 0]) == .invalidField("ended.cause"))
        #expect(error(14, [0x52, 0]) == .invalidField("report.sequence"))
        #expect(error(15, [0x10, 2]) == .invalidField("log_batch.end"))
    }

    @Test func keysAreReadAsTheyAreWritten() {
        var random = SeededGenerator(seed: 2)
        let key = AttemptKey(run: ID(at: Timestamp(microseconds: 1_000_000), from: &random), attempt: 12)
        #expect(AttemptKey(key.description) == key)
        for text in ["", ".", "\(key.run)", "\(key.run).", "\(key.run).x", "x.1", "\(key).1"] {
            #expect(AttemptKey(text) == nil)
        }
    }

    @Test func digestsAreReadAsTheyAreWritten() {
        #expect(Hexadecimal.text(of: [0x00, 0xAF, 0x10]) == "00af10")
        #expect(Hexadecimal.bytes(of: "00aF10") == [0x00, 0xAF, 0x10])
        #expect(Hexadecimal.bytes(of: "0") == nil)
        #expect(Hexadecimal.bytes(of: "zz") == nil)
    }
}
