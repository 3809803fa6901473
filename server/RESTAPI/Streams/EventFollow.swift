import Domain
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Orchestration
import ServiceLifecycle

extension Response {
    /// Events as server-sent events, until the client leaves, the server shuts down, or the client is too slow.
    ///
    /// - Parameter keepAlive: how long nothing is said at most.
    static func following(_ feed: EventFeed, for call: Call, keepAlive: Duration) -> Response {
        let body = ResponseBody { writer in
            try await call.request.body.consumeWithCancellationOnInboundClose { _ in
                try await Self.tell(feed, keepAlive, into: &writer)
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: body)
    }

    /// How many lots of events wait for a client at most; one that is slower has to come again.
    private static let longestQueue = 1000

    private static func tell(
        _ feed: EventFeed, _ keepAlive: Duration, into writer: inout any ResponseBodyWriter
    ) async throws {
        let (lots, lot) = AsyncStream.makeStream(of: [Event].self, bufferingPolicy: .bufferingOldest(longestQueue))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { lot.finish() }
                try await feed.run { events in
                    if case .dropped = lot.yield(events) { throw CancellationError() }
                }
            }
            group.addTask {
                while true {
                    // What nobody takes keeps nothing alive.
                    try await Task.sleep(for: keepAlive)
                    lot.yield([])
                }
            }
            defer { group.cancelAll() }
            try await withGracefulShutdownHandler {
                // So that the client knows that it is heard before anything happens.
                try await writer.write(EventBuffer.comment)
                for await events in lots { try await writer.write(Self.bytes(of: events)) }
            } onGracefulShutdown: {
                lot.finish()
            }
        }
    }

    private static func bytes(of events: [Event]) -> ByteBuffer {
        var buffer = EventBuffer()
        for event in events { buffer.add("event", event.json, id: "\(event.id)") }
        return events.isEmpty ? EventBuffer.comment : ByteBuffer(bytes: buffer.bytes)
    }
}
