import TestSupport
import Testing
import ZeroMQ

@Suite("Connections come and go", .timeLimit(.minutes(1)))
struct ConnectionTests {
    @Test("a dealer sees the loss at once and finds the router that returns to the port")
    func routerRestarts() async throws {
        // An address of its own, so that no other test is given the port meanwhile.
        let first = try TestRouter(bind: "tcp://127.0.0.2:*")
        let dealer = try DealerSocket(connect: first.endpoint, identity: Array("loyal".utf8))
        #expect(await dealer.connectionEvents.waitFor(.connected))
        await first.socket.close()
        #expect(await dealer.connectionEvents.waitFor(.disconnected))
        try dealer.send(Message(text: "sent meanwhile"))

        let second = try TestRouter(bind: first.endpoint)
        #expect(await dealer.connectionEvents.waitFor(.connected))
        try dealer.send(Message(text: "sent after"))
        let received = await second.receive(2)
        #expect(received.map(\.message.text) == ["sent meanwhile", "sent after"])
        #expect(received.allSatisfy { $0.peer.description == "loyal" })
    }

    @Test("a peer that comes back under its identity takes it over")
    func handover() async throws {
        let router = try TestRouter()
        let old = try RawPeer(port: router.port)
        try old.handshake(identity: "twin")
        old.say("old")
        #expect(await router.receive(1).map(\.message.text) == ["old"])

        let current = try DealerSocket(connect: router.endpoint, identity: Array("twin".utf8))
        try current.send(Message(text: "new"))
        let received = await router.receive(1)
        #expect(received.map(\.message.text) == ["new"])
        try router.socket.send(Message(text: "for the new one"), to: RoutingID(Array("twin".utf8)))
        #expect(await receive(1, from: current.incoming) == [Message(text: "for the new one")])
        old.close()
    }

    @Test("a peer that is gone before it was read from hurts nobody")
    func goneBeforeRead() async throws {
        var options = SocketOptions()
        options.receiveQueueLimit = 10_000
        options.receiveHighWater = 10
        options.linger = .zero
        let router = try TestRouter(options: options)
        let hasty = try DealerSocket(connect: router.endpoint, identity: nil, options: options)
        let ballast = [UInt8](repeating: 0, count: 1_000)
        for _ in 0..<20_000 { try hasty.send(Message(frames: [ballast])) }
        #expect(await !router.receive(1).isEmpty)
        await hasty.close()
        let other = try DealerSocket(connect: router.endpoint, identity: nil)
        try other.send(Message(text: "next"))
        for await batch in router.socket.incoming where batch.contains(where: { $0.message.text == "next" }) { break }
    }

    @Test("dropping a socket closes it, and its messages end")
    func droppedSocket() async throws {
        var router: TestRouter? = try TestRouter()
        let endpoint = try #require(router?.endpoint)
        let incoming = try #require(router?.socket.incoming)
        router = nil
        #expect(await receive(1, from: incoming).isEmpty)
        var successor: RouterSocket?
        while successor == nil {
            successor = try? RouterSocket(bind: endpoint) { _ in }  // The port is free a moment later.
            await Task.yield()
        }
    }

    @Test("a cancelled consumer stops waiting, and another one may follow")
    func cancelledConsumer() async throws {
        let router = try TestRouter()
        let consumer = Task { await router.receive(1) }
        consumer.cancel()
        #expect(await consumer.value.isEmpty)
        let dealer = try DealerSocket(connect: router.endpoint, identity: nil)
        try dealer.send(Message(text: "next"))
        #expect(await router.receive(1).map(\.message.text) == ["next"])
    }

    @Test("closing is bounded by the linger when nobody listens")
    func closeWithoutRouter() async throws {
        let vacated = try TestRouter(bind: "tcp://127.0.0.5:*")
        await vacated.socket.close()
        var options = SocketOptions()
        options.linger = .milliseconds(50)
        let dealer = try DealerSocket(connect: vacated.endpoint, identity: nil, options: options)
        try dealer.send(Message(text: "never arrives"))
        await dealer.close()
        for await _ in dealer.connectionEvents {}  // Ends with the socket.
    }
}
