import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOWebSocket

/// Stands in each connection's pipeline, and makes a WebSocket (RFC 6455) of the connection when its client asks for one
/// at a path where there is one. Everything else goes by.
///
/// The handlers of HTTP stay where they are, and hear nothing any more: the WebSocket's own stand before them.
final class WebSocketDoor: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private let endpoints: WebSocketEndpoints
    private var opening: Opening?

    /// What is done when the whole request has come.
    private struct Opening {
        let request: HTTPRequest
        let conversation: any WebSocketConversation
        let speaksPrefect: Bool
    }

    init(_ endpoints: WebSocketEndpoints) { self.endpoints = endpoints }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let request):
            opening = opening(for: request, context)
            if opening == nil { context.fireChannelRead(data) }
        case .body: if opening == nil { context.fireChannelRead(data) }
        case .end:
            guard let opening else { return context.fireChannelRead(data) }
            open(opening, context)
        }
    }

    private func opening(for request: HTTPRequest, _ context: ChannelHandlerContext) -> Opening? {
        guard request.method == .get, request.headerFields[.upgrade]?.lowercased() == "websocket" else { return nil }
        let offered = request.headerFields[values: .secWebSocketProtocol].flatMap { $0.split(separator: ",") }
        let speaksPrefect = offered.contains { $0.trimmed == WebSocket.subprotocol }
        guard
            let conversation = endpoints.conversation(
                at: request.path ?? "/", of: request, on: context.channel, speaksPrefect: speaksPrefect)
        else { return nil }
        return Opening(request: request, conversation: conversation, speaksPrefect: speaksPrefect)
    }

    private func open(_ opening: Opening, _ context: ChannelHandlerContext) {
        let ours = HTTPHeaders(
            opening.speaksPrefect ? [("Sec-WebSocket-Protocol", WebSocket.subprotocol)] : [])
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(ours) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        upgrader.buildUpgradeResponse(
            channel: context.channel, upgradeRequest: opening.request.upgradeHead, initialResponseHeaders: [:]
        ).whenComplete { result in
            let (door, context) = bound.value
            switch result {
            case .success(let headers): door.accept(opening, with: headers, context)
            case .failure:
                Refusal(.badRequest, "the request for a WebSocket is not valid (RFC 6455 §4.2.1)")
                    .send(context, .closing)
            }
        }
    }

    private func accept(_ opening: Opening, with headers: HTTPHeaders, _ context: ChannelHandlerContext) {
        var fields: HTTPFields = [.upgrade: "websocket", .connection: "upgrade"]
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        // Without an end: the exchange lasts as long as the connection does.
        let head = HTTPResponse(status: .switchingProtocols, headerFields: fields)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        let link = WebSocketLink(opening.conversation, speaksPrefect: opening.speaksPrefect)
        do {
            try context.pipeline.syncOperations.addHandlers(
                [
                    WebSocketFrameEncoder(),
                    ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: WebSocketLimits.message)), link,
                ], position: .first)
        } catch {
            context.close(promise: nil)
        }
    }
}

extension HTTPRequest {
    /// What the upgrader looks at.
    fileprivate var upgradeHead: HTTPRequestHead {
        let names: [HTTPField.Name] = [.secWebSocketKey, .secWebSocketVersion]
        let headers = names.flatMap { name in headerFields[values: name].map { (name.rawName, $0) } }
        return HTTPRequestHead(
            version: .http1_1, method: .GET, uri: path ?? "/", headers: HTTPHeaders(headers))
    }
}

extension Substring {
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}

/// What is taken from clients of WebSockets.
enum WebSocketLimits {
    /// Bytes of a message, and of a frame of it.
    static let message = 4 << 20
    /// How often a silent client is asked whether it is there; one that stays silent as long again is gone.
    static let pingInterval = TimeAmount.seconds(30)
}
