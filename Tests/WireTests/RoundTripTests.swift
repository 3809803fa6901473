import Domain
import Foundation
import SwiftProtobuf
import TestSupport
import Testing

@testable import Wire

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

    @Test(arguments: [0, 2, 3, UInt32.max])
    func anUnknownVersionSaysSo(version: UInt32) throws {
        var wire = try WireEnvelope(
            serializedBytes: Envelope(session: 1, body: AgentMessage.goodbye(reason: "")).encoded())
        wire.version = version
        let bytes: [UInt8] = try wire.serializedBytes()
        #expect(throws: WireError.unknownVersion(version)) { try Envelope<AgentMessage>(decoding: bytes) }
        // Also when nothing else of it is understood: another version may have other messages.
        wire.body = nil
        let empty: [UInt8] = try wire.serializedBytes()
        #expect(throws: WireError.unknownVersion(version)) { try Envelope<AgentMessage>(decoding: empty) }
    }

    @Test func aFieldWithoutMeaningIsNamed() throws {
        func error(_ body: WireEnvelope.OneOf_Body) -> WireError? {
            do throws(WireError) {
                _ = try AgentMessage(wire: body)
                return nil
            } catch { return error }
        }
        #expect(error(.hello(WireHello())) == .invalidField("hello.agent_id"))
        #expect(error(.assignmentAnswer(.init())) == .invalidField("key.run_id"))
        let run = [UInt8](repeating: 1, count: 16)
        let key = WireAttemptKey.with { $0.runID = .init(run) }
        #expect(error(.heartbeat(.with { $0.holding = [key] })) == .invalidField("key.attempt"))
        #expect(error(.report(.init())) == .invalidField("report.fact"))
        #expect(error(.report(.with { $0.ended = .init() })) == .invalidField("ended.cause"))
        #expect(error(.logBatch(.with { $0.begin = 2 })) == .invalidField("log_batch.end"))
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
