import TestSupport
import Testing
import ZeroMQ

@Suite("What cannot be done is said", .timeLimit(.minutes(1)))
struct RefusalTests {
    @Test("an unknown peer's message comes back")
    func unroutable() async throws {
        let router = try TestRouter()
        let nobody = RoutingID(Array("nobody".utf8))
        try router.socket.send(Message(text: "hello?"), to: nobody)
        let told = await router.nextUndeliverable()
        #expect(told == Undeliverable(peer: nobody, message: Message(text: "hello?"), reason: .unroutable))
    }

    @Test("a peer that does not read is reported, and does not hold up others")
    func congested() async throws {
        var options = SocketOptions()
        options.sendHighWater = 4
        options.linger = .zero
        let router = try TestRouter(options: options)
        let stuck = try RawPeer(port: router.port)
        try stuck.handshake(identity: "stuck")
        stuck.say("here")
        let other = try DealerSocket(connect: router.endpoint, identity: Array("other".utf8))
        try other.send(Message(text: "here"))
        #expect(await router.receive(2).count == 2)

        let large = Message([UInt8](repeating: 1, count: 1 << 20))
        for _ in 0..<32 { try router.socket.send(large, to: RoutingID(Array("stuck".utf8))) }
        let told = await router.nextUndeliverable()
        #expect(told?.reason == .congested)
        #expect(told?.message.frames.first?.count == 1 << 20)
        try router.socket.send(Message(text: "go on"), to: RoutingID(Array("other".utf8)))
        #expect(await receive(1, from: other.incoming) == [Message(text: "go on")])
        stuck.close()
        await router.socket.close()
    }

    @Test("a full queue refuses, and takes more when some has left")
    func sendQueueFull() async throws {
        let vacated = try TestRouter(bind: "tcp://127.0.0.4:*")
        await vacated.socket.close()
        var options = SocketOptions()
        options.sendQueueLimit = 10_000
        let dealer = try DealerSocket(connect: vacated.endpoint, identity: nil, options: options)
        let message = Message([UInt8](repeating: 1, count: 1_000))
        var taken = 0
        #expect(throws: ZeroMQError.sendQueueFull(limit: 10_000)) {
            while true {
                try dealer.send(message)
                taken += 1
            }
        }
        #expect((5...10).contains(taken))

        let router = try TestRouter(bind: vacated.endpoint)
        #expect(await router.receive(taken).count == taken)
        // The bytes are given back just after the last message has left: the next tries may come too early.
        while (try? dealer.send(message)) == nil { await Task.yield() }
        #expect(await router.receive(1).count == 1)
    }

    @Test("a port in use is a typed error that names the remedy")
    func addressInUse() throws {
        let router = try TestRouter()
        let error = ZeroMQError.addressInUse(endpoint: router.endpoint)
        #expect(throws: error) { try TestRouter(bind: router.endpoint) }
        #expect(error.description.contains(router.endpoint))
        #expect(error.description.contains("choose another port"))
    }

    @Test("bad endpoints, identities, options and messages are refused")
    func badArguments() throws {
        let foreignAddress = "tcp://192.0.2.1:1"
        let badPorts = ["tcp://127.0.0.1", "tcp://127.0.0.1:x", "tcp://127.0.0.1:99999"]
        for endpoint in ["", "nonsense", foreignAddress] + badPorts {
            #expect(throws: ZeroMQError.self) { try TestRouter(bind: endpoint) }
        }
        for length in [0, 256] {
            #expect(throws: ZeroMQError.identityLength(length)) {
                try DealerSocket(connect: "tcp://127.0.0.1:1", identity: [UInt8](repeating: 1, count: length))
            }
        }
        var options = SocketOptions()
        options.sendHighWater = -1
        #expect(throws: ZeroMQError.self) { try TestRouter(options: options) }
        let router = try TestRouter()
        #expect(throws: ZeroMQError.emptyMessage) { try router.socket.send(Message(frames: []), to: RoutingID([1])) }
    }
}
