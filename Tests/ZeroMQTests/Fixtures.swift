import Testing
import ZeroMQ

/// A router on a port of its own that collects what it could not deliver.
struct TestRouter: Sendable {
    let socket: RouterSocket
    let undeliverable: AsyncStream<Undeliverable>

    var endpoint: String { socket.boundEndpoint }

    init(bind endpoint: String = "tcp://127.0.0.1:*", options: SocketOptions = SocketOptions()) throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Undeliverable.self)
        socket = try RouterSocket(bind: endpoint, options: options) { continuation.yield($0) }
        undeliverable = stream
    }

    func receive(_ count: Int) async -> [RoutedMessage] {
        await ZeroMQTests.receive(count, from: socket.incoming)
    }

    /// Returns every message to its sender until the task is cancelled or the router closes.
    func echo() async throws {
        for await batch in socket.incoming {
            for routed in batch { try socket.send(routed.message, to: routed.peer) }
        }
    }

    /// Sends to a peer that has vanished until the router has noticed.
    func waitUntilUnroutable(_ name: String) async throws {
        // What goes to nobody always comes back, and tells that the message before it has been judged.
        let (peer, nobody) = (RoutingID(Array(name.utf8)), RoutingID(Array("nobody".utf8)))
        var told: Undeliverable
        repeat {
            try socket.send(Message(text: "still there?"), to: peer)
            try socket.send(Message(text: "mark"), to: nobody)
            told = try #require(await nextUndeliverable())
        } while told.peer != peer
        #expect(told.reason == .unroutable)
        _ = await nextUndeliverable()
    }

    func nextUndeliverable() async -> Undeliverable? {
        for await told in undeliverable { return told }
        return nil
    }

    var port: UInt16 {
        UInt16(endpoint.split(separator: ":").last.map(String.init) ?? "") ?? 0
    }
}

/// Whole batches until at least `count` items have come, or all there are.
func receive<Item: Sendable>(_ count: Int, from batches: Batches<Item>) async -> [Item] {
    var items: [Item] = []
    for await batch in batches {
        items += batch
        if items.count >= count { break }
    }
    return items
}

extension AsyncStream where Element: Equatable & Sendable {
    /// Waits for one element that equals `wanted`.
    func waitFor(_ wanted: Element) async -> Bool {
        for await element in self where element == wanted { return true }
        return false
    }
}

extension Message {
    init(text: String) {
        self.init(Array(text.utf8))
    }

    var text: String {
        frames.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|")
    }
}
