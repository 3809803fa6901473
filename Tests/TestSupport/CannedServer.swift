import Glibc
import Synchronization

/// What was asked of a ``CannedServer``.
public struct CannedRequest: Sendable {
    public let method: String
    /// With its query.
    public let path: String
    /// Names in lower case.
    public let headers: [String: String]
    /// As text; a body that was cut off is what came of it.
    public let body: String
    public let bodyIsWhole: Bool
}

/// What a ``CannedServer`` answers.
public struct CannedAnswer: Sendable {
    var status: Int
    var type: String
    var body: String
    /// Whether the connection is closed before the end of the body.
    var isCutOff: Bool

    public init(_ status: Int = 200, _ body: String = "", type: String = "application/json", isCutOff: Bool = false) {
        self.status = status
        self.body = body
        self.type = type
        self.isCutOff = isCutOff
    }

    /// Server-sent events; with `isCutOff`, the connection breaks after them.
    public static func events(_ text: String, isCutOff: Bool = false) -> CannedAnswer {
        CannedAnswer(200, text, type: "text/event-stream", isCutOff: isCutOff)
    }
}

/// A real HTTP server on a free loopback port whose answers a test makes up. It remembers what it was asked.
public final class CannedServer: Sendable {
    private let listener: Int32
    public let port: Int
    private let asked = Mutex<[CannedRequest]>([])
    private let answer: @Sendable (CannedRequest) -> CannedAnswer

    /// - Throws: ``CannedServerFailure`` if no port can be had.
    public init(_ answer: @escaping @Sendable (CannedRequest) -> CannedAnswer) throws {
        self.answer = answer
        (listener, port) = try Self.listen()
        let listener = listener
        startThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                guard let self else {
                    close(connection)
                    break
                }
                startThread { self.serve(connection) }
            }
            close(listener)
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Of the API's root.
    public var url: String { "http://127.0.0.1:\(port)/api" }

    /// All that was asked so far.
    public var requests: [CannedRequest] { asked.withLock { $0 } }

    private func serve(_ connection: Int32) {
        var reader = ConnectionReader(connection: connection)
        while let request = reader.request() {
            asked.withLock { $0.append(request) }
            guard request.bodyIsWhole else { break }
            let answer = answer(request)
            // A length that is more than what comes tells the client that something is missing.
            let length = answer.body.utf8.count + (answer.isCutOff ? 1 : 0)
            let isHead = request.method == "HEAD"
            Self.send(
                "HTTP/1.1 \(answer.status) Canned\r\nContent-Type: \(answer.type)\r\nContent-Length: \(length)\r\n\r\n"
                    + (isHead ? "" : answer.body), to: connection)
            if answer.isCutOff { break }
        }
        close(connection)
    }

    private static func send(_ text: String, to connection: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func listen() throws -> (Int32, Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        guard isBound, Glibc.listen(descriptor, 64) == 0 else { throw CannedServerFailure(code: errno) }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}

/// The system gave no port.
public struct CannedServerFailure: Error {
    /// The system's errno.
    public let code: Int32
}

/// Reads requests from a connection.
private struct ConnectionReader {
    let connection: Int32
    private var buffer: [UInt8] = []

    init(connection: Int32) { self.connection = connection }

    mutating func request() -> CannedRequest? {
        guard let first = line()?.split(separator: " "), first.count == 3 else { return nil }
        var headers: [String: String] = [:]
        while let line = line(), let colon = line.firstIndex(of: ":") {
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        var body: [UInt8] = []
        let isWhole =
            headers["transfer-encoding"] == "chunked"
            ? readChunks(into: &body) : read(Int(headers["content-length"] ?? "") ?? 0, into: &body)
        return CannedRequest(
            method: String(first[0]), path: String(first[1]), headers: headers,
            body: String(decoding: body, as: UTF8.self), bodyIsWhole: isWhole)
    }

    private mutating func readChunks(into body: inout [UInt8]) -> Bool {
        while let line = line(), let size = Int(line, radix: 16) {
            guard read(size, into: &body), self.line() == "" else { return false }
            if size == 0 { return true }
        }
        return false
    }

    private mutating func line() -> String? {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeSubrange(...end)
                return line.hasSuffix("\r") ? String(line.unicodeScalars.dropLast()) : line
            }
            guard fill() else { return nil }
        }
    }

    private mutating func read(_ count: Int, into body: inout [UInt8]) -> Bool {
        while buffer.count < count {
            guard fill() else { return false }
        }
        body += buffer[..<count]
        buffer.removeFirst(count)
        return true
    }

    private mutating func fill() -> Bool {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(connection, &piece, piece.count, 0)
        guard count > 0 else { return false }
        buffer += piece[..<count]
        return true
    }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let work = Unmanaged.passRetained(Work(body)).toOpaque()
    pthread_create(
        &thread, nil,
        { pointer in
            if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
            return nil
        }, work)
    pthread_detach(thread)
}
