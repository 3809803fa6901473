import Dispatch
import JSON
import TestSupport

/// A WebSocket from the client's side, in bare frames, for what no proper client would send.
final class WebSocketClient: Sendable {
    enum Frame: Equatable {
        case text(JSONValue)
        case ping
        case pong(String)
        case close(Int, String)
    }

    let connection: RawConnection
    /// The head of the server's answer.
    let answer: String

    init(_ server: TestServer, _ path: String, protocols: String? = "prefect", origin: String? = nil) async throws {
        let connection = try RawConnection(port: server.port)
        self.connection = connection
        var head = """
            GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n
            """
        if let protocols { head += "Sec-WebSocket-Protocol: \(protocols)\r\n" }
        if let origin { head += "Origin: \(origin)\r\n" }
        connection.send(head + "\r\n")
        answer = try await Self.aside {
            var bytes: [UInt8] = []
            while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) { bytes += try connection.receive(exactly: 1) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    var isOpen: Bool { answer.hasPrefix("HTTP/1.1 101") }

    /// A conversation of Prefect's subprotocol, after its greeting.
    static func greeted(_ server: TestServer, _ path: String) async throws -> WebSocketClient {
        let client = try await WebSocketClient(server, path)
        client.send(["type": "auth", "token": .null])
        _ = try await client.next()
        return client
    }

    func send(_ value: JSONValue) { send(opcode: 1, value.serializedBytes()) }

    /// A frame, masked as a client's have to be.
    func send(opcode: UInt8, _ payload: [UInt8], isLast: Bool = true) {
        let mask: [UInt8] = [1, 2, 3, 4]
        var frame: [UInt8] = [(isLast ? 0x80 : 0) | opcode]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8 & 255), UInt8(payload.count & 255)]
        }
        connection.send(frame + mask + payload.enumerated().map { $0.element ^ mask[$0.offset % 4] })
    }

    /// The next frame, whatever it is.
    func next() async throws -> Frame {
        let connection = connection
        return try await Self.aside {
            let head = try connection.receive(exactly: 2)
            var length = Int(head[1])
            if length == 126 { length = try connection.receive(exactly: 2).reduce(0) { $0 << 8 | Int($1) } }
            if length == 127 { length = try connection.receive(exactly: 8).reduce(0) { $0 << 8 | Int($1) } }
            let payload = length == 0 ? [] : try connection.receive(exactly: length)
            switch head[0] & 15 {
            case 8:
                let code = payload.prefix(2).reduce(0) { $0 << 8 | Int($1) }
                return .close(code, String(decoding: payload.dropFirst(2), as: UTF8.self))
            case 9: return .ping
            case 10: return .pong(String(decoding: payload, as: UTF8.self))
            default: return .text(try JSONValue(parsing: String(decoding: payload, as: UTF8.self)))
            }
        }
    }

    /// Reading waits on a thread of its own: there are few for tasks.
    private static func aside<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }
}
