import TestSupport
import Testing
import ZeroMQ

@Suite("No peer can hurt a router", .timeLimit(.minutes(1)))
struct HostilePeerTests {
    @Test("an oversized message ends its connection only")
    func oversized() async throws {
        var options = SocketOptions()
        options.maximumFrameSize = 1_024
        let router = try TestRouter(options: options)
        let hostile = try RawPeer(port: router.port)
        try hostile.handshake(identity: "hostile")
        hostile.announceFrame(of: 1 << 40)
        hostile.waitForEnd()

        let careless = try DealerSocket(connect: router.endpoint, identity: nil)
        try careless.send(Message([UInt8](repeating: 0, count: 1_025)))
        #expect(await careless.connectionEvents.waitFor(.disconnected))

        let honest = try DealerSocket(connect: router.endpoint, identity: nil)
        let largest = Message([UInt8](repeating: 0, count: 1_024))
        try honest.send(largest)
        #expect(await router.receive(1).map(\.message) == [largest])
    }

    /// Writes as the kind says. The router may hang up before all is written: that is its right.
    private func disturb(_ port: UInt16, kind: Int, noise: [UInt8]) throws {
        let stranger = try RawPeer(port: port)
        switch kind {
        case 0: stranger.write(noise)
        case 1: stranger.write(Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
        case 2: stranger.write([0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F] + noise)
        default:
            try? stranger.handshake(identity: "stranger")
            stranger.write([0x04] + noise)
        }
        stranger.close()
    }

    @Test("garbage on the wire changes nothing for others", arguments: 0..<4)
    func garbage(kind: Int) async throws {
        let router = try TestRouter()
        let honest = try DealerSocket(connect: router.endpoint, identity: nil)
        let echo = Task { try await router.echo() }
        var random = Generator(state: UInt64(kind) + 1)
        for _ in 0..<50 {
            let noise = (0..<500).map { _ in UInt8.random(in: 0...255, using: &random) }
            try disturb(router.port, kind: kind, noise: noise)
        }
        try honest.send(Message(text: "still fine"))
        #expect(await receive(1, from: honest.incoming) == [Message(text: "still fine")])
        echo.cancel()
    }

    @Test("a stranger who says nothing, or half of a greeting, is shown the door", arguments: [0, 1, 10, 40])
    func silence(count: Int) async throws {
        var options = SocketOptions()
        options.handshakeTimeout = .milliseconds(100)
        let router = try TestRouter(options: options)
        let stranger = try RawPeer(port: router.port)
        stranger.write(Array([0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3].prefix(count)))
        stranger.waitForEnd()
        let honest = try DealerSocket(connect: router.endpoint, identity: nil)
        try honest.send(Message(text: "still fine"))
        #expect(await router.receive(1).map(\.message.text) == ["still fine"])
    }

    @Test("a thousand dealers come, speak and vanish")
    func vanishingCrowd() async throws {
        let router = try TestRouter()
        for wave in 0..<10 {
            let peers = try (0..<100).map { number in
                let peer = try RawPeer(port: router.port)
                try peer.handshake(identity: "\(wave)-\(number)")
                peer.say("here")
                return peer
            }
            let seen = await router.receive(peers.count)
            #expect(Set(seen.map(\.peer)).count == peers.count)
            for peer in peers { peer.close() }
        }
        for wave in 0..<10 { try await router.waitUntilUnroutable("\(wave)-0") }
        let honest = try DealerSocket(connect: router.endpoint, identity: nil)
        try honest.send(Message(text: "alone"))
        #expect(await router.receive(1).map(\.message.text) == ["alone"])
    }
}

/// SplitMix64: the same noise in each run.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
