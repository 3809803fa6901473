import HTTPTypes
import HummingbirdCore
import JSON
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Stands in each connection's pipeline: closes it when its client keeps the server waiting for too long, turns it away
/// when there are too many, and says why what is no HTTP is refused.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let table: ConnectionTable
    private var time: ConnectionTime
    private var number: Int?
    private var isTurnedAway = false
    private var wasIdle = true
    private var fault: HTTPParserError?
    /// The rest of an answer of which ours has taken the place is left out.
    private var isReplacing = false
    private var alarm: (deadline: ContinuousClock.Instant, task: Scheduled<Void>)?

    init(_ table: ConnectionTable, _ limits: ConnectionLimits) {
        self.table = table
        time = ConnectionTime(limits, at: .now)
    }

    // MARK: - Coming and going

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard number == nil, !isTurnedAway else { return }
        number = table.add(context.channel)
        if number == nil {
            isTurnedAway = true
            let answer = Refusal(.serviceUnavailable, "all connections of this server are in use: try again later")
            answer.send(context, .closing)
        } else {
            settle(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        alarm?.task.cancel()
        alarm = nil
        if let number { table.remove(number) }
        number = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            time.hurry()
            settle(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: - Requests

    func read(context: ChannelHandlerContext) {
        time.asked(at: .now)
        settle(context)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isTurnedAway { return }
        switch unwrapInboundIn(data) {
        case .head: time.headCame()
        case .body(let bytes): time.bodyCame(bytes.readableBytes, at: .now)
        case .end: time.bodyEnded()
        }
        settle(context)
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError { fault = error }
        context.fireErrorCaught(error)
    }

    // MARK: - Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head where time.open == 0:
            // No request asked for it: it is the answer to what could not be read as one.
            isReplacing = true
            Refusal(fault).send(context, .following(promise))
        case _ where isReplacing:
            promise?.succeed()
        case .head:
            context.write(data, promise: promise)
        case .body(let bytes):
            write(bytes, context, promise)
        case .end:
            context.write(data, promise: promise)
            time.answerEnded(at: .now)
            settle(context)
        }
    }

    /// In pieces, to see that the client takes them.
    private func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        var rest = bytes
        repeat {
            let piece = rest.readSlice(length: min(rest.readableBytes, ConnectionLimits.piece)) ?? ByteBuffer()
            let taken = context.eventLoop.makePromise(of: Void.self)
            time.sending(at: .now)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            taken.futureResult.whenComplete { _ in
                let (watch, context) = bound.value
                watch.time.sent(at: .now)
                watch.settle(context)
            }
            if rest.readableBytes == 0 { taken.futureResult.cascade(to: promise) }
            context.write(wrapOutboundOut(.body(piece)), promise: taken)
        } while rest.readableBytes > 0
        settle(context)
    }

    // MARK: - Time

    /// Tells the table whether there is something to do here, and sets the alarm to the new deadline.
    private func settle(_ context: ChannelHandlerContext) {
        guard let number else { return }
        if time.isIdle != wasIdle {
            wasIdle = time.isIdle
            table.note(number, isIdle: wasIdle)
        }
        guard let deadline = time.deadline else { return }
        // An alarm that rings too early only costs a look.
        if let alarm, alarm.deadline <= deadline { return }
        alarm?.task.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(in: TimeAmount(max(.zero, deadline - .now))) {
            let (watch, context) = bound.value
            watch.ring(context)
        }
        alarm = (deadline, task)
    }

    private func ring(_ context: ChannelHandlerContext) {
        alarm = nil
        if let deadline = time.deadline, deadline <= .now {
            context.close(promise: nil)
        } else {
            settle(context)
        }
    }
}
