import HummingbirdCore
import NIOCore
import NIOWebSocket

/// The end of a WebSocket's pipeline: frames become messages, which a conversation takes when it is ready for them.
///
/// Nothing is read from the network while messages wait to be taken: a client that sends faster than it is served is
/// held up by TCP, not kept in memory.
final class WebSocketLink: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let conversation: any WebSocketConversation
    private let speaksPrefect: Bool
    private let inbox = WebSocketInbox()
    private var task: Task<Void, Never>?
    private var fragments: (isText: Bool, bytes: ByteBuffer)?
    private var isClosing = false
    /// Whether anything has been heard since the client was last asked.
    private var hasHeard = true
    private var isReading = false
    private var pings: RepeatedTask?

    init(_ conversation: any WebSocketConversation, speaksPrefect: Bool) {
        self.conversation = conversation
        self.speaksPrefect = speaksPrefect
    }

    // MARK: - Coming and going

    func handlerAdded(context: ChannelHandlerContext) {
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let socket = WebSocket(
            inbox: inbox, speaksPrefect: speaksPrefect,
            askForMore: { loop.execute { bound.value.0.ask(bound.value.1) } },
            write: { frames in loop.flatSubmit { bound.value.0.send(frames, bound.value.1) } },
            close: { closure in loop.execute { bound.value.0.close(bound.value.1, closure) } })
        let conversation = conversation
        task = Task { await socket.carry(conversation) }
        pings = loop.scheduleRepeatedTask(
            initialDelay: WebSocketLimits.pingInterval, delay: WebSocketLimits.pingInterval
        ) { _ in
            bound.value.0.ping(bound.value.1)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        pings?.cancel()
        inbox.finish()
        task?.cancel()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { close(context, .goingAway) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(context, error is NIOWebSocketError ? .protocolError("\(error)") : .failure("the connection failed"))
    }

    // MARK: - Reading

    /// Whoever stands behind wants to read HTTP; there is none any more.
    func read(context: ChannelHandlerContext) {}

    private func ask(_ context: ChannelHandlerContext) {
        isReading = true
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasHeard = true
        isReading = false
        take(unwrapInboundIn(data), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // What came may have been a part of a frame, or nothing that a conversation wants.
        if inbox.isWanted { ask(context) }
    }

    private func take(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        let bytes = frame.unmaskedData
        switch frame.opcode {
        case .text, .binary:
            guard fragments == nil else { return close(context, .protocolError("a message inside of another")) }
            if frame.fin {
                deliver(bytes, isText: frame.opcode == .text, context)
            } else {
                fragments = (frame.opcode == .text, bytes)
            }
        case .continuation: takeFragment(bytes, isLast: frame.fin, context)
        case .ping: inbox.put(.ping(bytes))
        case .pong: break
        case .connectionClose:
            // The same code goes back (RFC 6455 §5.5.1).
            var payload = bytes
            close(context, WebSocketClosure(code: payload.readInteger() ?? 1000, reason: ""))
        default: close(context, .protocolError("a frame of no known kind"))
        }
    }

    private func takeFragment(_ bytes: ByteBuffer, isLast: Bool, _ context: ChannelHandlerContext) {
        guard var message = fragments else {
            return close(context, .protocolError("a continuation of no message"))
        }
        guard message.bytes.readableBytes + bytes.readableBytes <= WebSocketLimits.message else {
            return close(context, .tooLarge)
        }
        message.bytes.writeImmutableBuffer(bytes)
        fragments = isLast ? nil : message
        if isLast { deliver(message.bytes, isText: message.isText, context) }
    }

    private func deliver(_ bytes: ByteBuffer, isText: Bool, _ context: ChannelHandlerContext) {
        guard isText else { return close(context, WebSocketClosure(code: 1003, reason: "only text is taken")) }
        inbox.put(.text(bytes))
    }

    // MARK: - Writing

    /// From here on towards the network: the handlers of HTTP, which stand behind, are to see none of it.
    private func send(_ frames: [WebSocketFrame], _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        guard !isClosing, let last = frames.last else {
            return context.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        for frame in frames.dropLast() { context.write(wrapOutboundOut(frame), promise: nil) }
        return context.writeAndFlush(wrapOutboundOut(last))
    }

    private func ping(_ context: ChannelHandlerContext) {
        // While nothing is read, nothing can be heard.
        guard hasHeard || !isReading else { return context.close(promise: nil) }
        hasHeard = false
        context.writeAndFlush(
            wrapOutboundOut(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer())), promise: nil)
    }

    private func close(_ context: ChannelHandlerContext, _ closure: WebSocketClosure) {
        guard !isClosing else { return }
        isClosing = true
        var payload = ByteBuffer()
        payload.writeInteger(closure.code)
        // A control frame holds 125 bytes at most (RFC 6455 §5.5).
        payload.writeBytes(closure.reason.utf8.prefix(123))
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(
            wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: payload))
        ).whenComplete { _ in bound.value.close(promise: nil) }
        inbox.finish()
    }
}
