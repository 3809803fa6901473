import HTTPTypes
import Hummingbird
import HummingbirdCore
import JSON
import NIOCore
import Orchestration
import ServiceLifecycle

/// Server-sent events (the HTML standard, §9.2), gathered until they are sent.
struct EventBuffer: Sendable {
    private(set) var bytes: [UInt8] = []

    /// - Parameter id: what a client gives back to go on behind this event.
    mutating func add(_ name: String, _ data: JSONValue, id: String? = nil) {
        bytes += "event: \(name)\n".utf8
        if let id { bytes += "id: \(id)\n".utf8 }
        bytes += "data: ".utf8
        // JSON text has no line breaks.
        data.write(into: &bytes)
        bytes += "\n\n".utf8
    }

    static let comment = ByteBuffer(string: ": still here\n\n")
}

/// Tells a client, again and again, what is new of something.
protocol Teller: Sendable {
    /// Adds what is new since this was last called.
    mutating func tell(_ events: inout EventBuffer) async throws -> Telling
}

/// What is to be done when something has been told.
enum Telling: Sendable {
    /// There is more already.
    case goesOn
    /// Wait until there may be something new.
    case waits
    /// There will be nothing more.
    case ends
}

extension Response {
    /// An event stream that lasts until there is no more to tell, the client leaves, or the server shuts down.
    ///
    /// - Parameters:
    ///   - notices: when there may be something new.
    ///   - keepAlive: how long nothing is said at most.
    static func events(
        for call: Call, on notices: AsyncStream<Notice>, keepAlive: Duration, _ teller: some Teller
    ) -> Response {
        let body = ResponseBody { writer in
            try await call.request.body.consumeWithCancellationOnInboundClose { _ in
                try await Self.stream(teller, notices, keepAlive, into: &writer)
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: body)
    }

    private static func stream(
        _ teller: some Teller, _ notices: AsyncStream<Notice>, _ keepAlive: Duration,
        into writer: inout any ResponseBodyWriter
    ) async throws {
        // One that waits stands for all: each time everything is looked at anew.
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in notices { wake.yield() } }
            group.addTask {
                while true {
                    try await Task.sleep(for: keepAlive)
                    wake.yield()
                }
            }
            defer { group.cancelAll() }
            try await withGracefulShutdownHandler {
                try await Self.stream(teller, wakes, into: &writer)
            } onGracefulShutdown: {
                wake.finish()
            }
        }
    }

    private static func stream(
        _ teller: some Teller, _ wakes: AsyncStream<Void>, into writer: inout any ResponseBodyWriter
    ) async throws {
        var teller = teller
        var wakes = wakes.makeAsyncIterator()
        while true {
            var events = EventBuffer()
            let telling = try await teller.tell(&events)
            try await writer.write(events.bytes.isEmpty ? EventBuffer.comment : ByteBuffer(bytes: events.bytes))
            switch telling {
            case .goesOn: continue
            case .waits: guard await wakes.next() != nil else { return }
            case .ends: return
            }
        }
    }
}
