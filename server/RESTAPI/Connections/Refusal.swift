import HTTPTypes
import JSON
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// What is answered where no request could be read, and the connection is closed.
struct Refusal {
    enum Ending {
        case closing
        /// Somebody else closes the connection.
        case following(EventLoopPromise<Void>?)
    }

    private let status: HTTPResponse.Status
    private let detail: String

    init(_ status: HTTPResponse.Status, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    init(_ fault: HTTPParserError?) {
        switch fault {
        case .headerOverflow:
            self.init(
                .requestHeaderFieldsTooLarge,
                "the head of the request is larger than \(RequestLimits.head >> 10) KiB, or has more than "
                    + "\(RequestLimits.headFields) fields")
        case let fault?: self.init(.badRequest, "the request is not valid HTTP/1.1: \(fault)")
        case nil: self.init(.badRequest, "the request is not valid HTTP/1.1")
        }
    }

    func send(_ context: ChannelHandlerContext, _ ending: Ending) {
        let body = ByteBuffer(bytes: JSONValue.object(["detail": .string(detail)]).serializedBytes())
        var fields: HTTPFields = [
            .contentType: "application/json", .contentLength: "\(body.readableBytes)", .connection: "close",
        ]
        if status == .serviceUnavailable { fields[.retryAfter] = "1" }
        let head = HTTPResponse(status: status, headerFields: fields)
        context.write(NIOAny(HTTPResponsePart.head(head)), promise: nil)
        context.write(NIOAny(HTTPResponsePart.body(body)), promise: nil)
        switch ending {
        case .closing:
            context.writeAndFlush(NIOAny(HTTPResponsePart.end(nil)), promise: nil)
            context.close(promise: nil)
        case .following(let promise):
            context.writeAndFlush(NIOAny(HTTPResponsePart.end(nil)), promise: promise)
        }
    }
}
