import Testing
import ZeroMQ

@Suite("Messages arrive", .timeLimit(.minutes(1)))
struct DeliveryTests {
    @Test("frames come back as they were sent")
    func echo() async throws {
        let router = try TestRouter()
        let dealer = try DealerSocket(connect: router.endpoint, identity: Array("agent-1".utf8))
        let large = [UInt8](repeating: 0xA5, count: 3_000_000)
        let messages = [
            Message(text: "one"), Message(frames: [[], [1, 2, 3], []]), Message([]), Message(frames: [large, [0]]),
        ]
        for message in messages { try dealer.send(message) }
        let received = await router.receive(messages.count)
        #expect(received == messages.map { RoutedMessage(peer: RoutingID(Array("agent-1".utf8)), message: $0) })
        for routed in received { try router.socket.send(routed.message, to: routed.peer) }
        #expect(await receive(messages.count, from: dealer.incoming) == messages)
        await dealer.close()
        await router.socket.close()
    }

    @Test("a dealer without an identity is given one")
    func anonymous() async throws {
        let router = try TestRouter()
        let dealer = try DealerSocket(connect: router.endpoint, identity: nil)
        try dealer.send(Message(text: "who am I"))
        let received = await router.receive(1)
        #expect(received.first?.peer.bytes.count == 5)
        #expect(received.first?.peer.description.hasPrefix("0x00") == true)
    }

    @Test("each of many concurrent senders keeps its order, both ways")
    func concurrentSenders() async throws {
        let router = try TestRouter()
        let dealer = try DealerSocket(connect: router.endpoint, identity: Array("busy".utf8))
        let (senders, each) = (16, 500)  // Together fewer than the router may have waiting for one peer.
        let echo = Task { try await router.echo() }
        await withThrowingTaskGroup { group in
            for sender in 0..<senders {
                group.addTask {
                    for number in 0..<each { try dealer.send(Message(text: "\(sender) \(number)")) }
                }
            }
        }
        var next = [Int](repeating: 0, count: senders)
        for message in await receive(senders * each, from: dealer.incoming) {
            let parts = message.text.split(separator: " ").compactMap { Int($0) }
            try #require(next[parts[0]] == parts[1])
            next[parts[0]] += 1
        }
        #expect(next.allSatisfy { $0 == each })
        await router.socket.close()
        try await echo.value
    }

    @Test("closing delivers what was sent before")
    func closeDelivers() async throws {
        let router = try TestRouter()
        let dealer = try DealerSocket(connect: router.endpoint, identity: nil)
        let count = 20_000
        for number in 0..<count { try dealer.send(Message(text: "\(number)")) }
        await dealer.close()
        await dealer.close()
        #expect(throws: ZeroMQError.closed) { try dealer.send(Message(text: "late")) }
        #expect(await receive(1, from: dealer.incoming).isEmpty)

        let received = await router.receive(count)
        #expect(received.map(\.message.text) == (0..<count).map(String.init))
    }

    @Test("messages sent before there is a router wait for it")
    func waitsForRouter() async throws {
        let vacated = try TestRouter(bind: "tcp://127.0.0.3:*")
        await vacated.socket.close()
        let dealer = try DealerSocket(connect: vacated.endpoint, identity: nil)
        try dealer.send(Message(text: "early"))
        var events = dealer.connectionEvents.makeAsyncIterator()
        let event = await events.next()
        guard case .retrying(let milliseconds) = event else { throw Unexpected(event: event) }
        #expect(milliseconds >= 50)

        let router = try TestRouter(bind: vacated.endpoint)
        #expect(await router.receive(1).map(\.message.text) == ["early"])
    }

    @Test("a slow reader slows its peer, and nothing is lost")
    func slowReader() async throws {
        var options = SocketOptions()
        options.receiveQueueLimit = 64_000
        options.receiveHighWater = 10
        let router = try TestRouter(options: options)
        let dealer = try DealerSocket(connect: router.endpoint, identity: nil, options: options)
        let count = 20_000
        let ballast = [UInt8](repeating: 0, count: 1_000)
        for number in 0..<count { try dealer.send(Message(frames: [Array("\(number)".utf8), ballast])) }
        var next = 0
        for await batch in router.socket.incoming {
            // A read of a million bytes at most goes beyond the limit.
            #expect(batch.count < 2_000)
            for routed in batch {
                #expect(routed.message.frames.first == Array("\(next)".utf8))
                next += 1
            }
            if next == count { break }
        }
        #expect(next == count)
    }
}

struct Unexpected: Error { let event: ConnectionEvent? }
