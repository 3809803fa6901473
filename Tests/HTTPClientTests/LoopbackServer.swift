import Glibc
import Synchronization

/// A tiny real HTTP server on a loopback port: a thread that accepts, a thread a connection, a closure that answers.
final class LoopbackServer: Sendable {
    /// Answers one request; true keeps the connection for the next.
    typealias Handler = @Sendable (Exchange) -> Bool

    let port: Int
    private let listener: Int32
    private let accepted = Mutex(0)
    private let notices: AsyncStream<String>
    private let notifier: AsyncStream<String>.Continuation

    init(_ handler: @escaping Handler) throws {
        (notices, notifier) = AsyncStream.makeStream()
        (listener, port) = try listen()
        let (listener, notifier) = (listener, notifier)
        startThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { break }
                self.accepted.withLock { $0 += 1 }
                startThread { Self.serve(connection, notifier, handler) }
            }
            close(listener)
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// How many connections have been made so far.
    var connections: Int { accepted.withLock { $0 } }

    func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// The next thing that a handler noted.
    func nextNote() async -> String? {
        var iterator = notices.makeAsyncIterator()
        return await iterator.next()
    }

    private static func serve(_ connection: Int32, _ notifier: AsyncStream<String>.Continuation, _ handler: Handler) {
        let reader = SocketReader(descriptor: connection)
        while let exchange = Exchange(reader, notifier), handler(exchange) {}
        close(connection)
    }
}

/// One request, and the means to answer it.
final class Exchange {
    let method: String
    let path: String
    /// Names in lower case.
    let headers: [String: String]
    private let reader: SocketReader
    private let notifier: AsyncStream<String>.Continuation

    init?(_ reader: SocketReader, _ notifier: AsyncStream<String>.Continuation) {
        guard let first = reader.line()?.split(separator: " "), first.count == 3 else { return nil }
        method = String(first[0])
        path = String(first[1])
        var headers: [String: String] = [:]
        while let line = reader.line(), let colon = line.firstIndex(of: ":") {
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        self.headers = headers
        self.reader = reader
        self.notifier = notifier
    }

    /// The whole body; nil if it was cut off.
    func body() -> [UInt8]? {
        var whole: [UInt8] = []
        return forEachPiece { whole += $0 } ? whole : nil
    }

    /// Reads the body piece by piece; false if it was cut off.
    func forEachPiece(_ body: ([UInt8]) -> Void) -> Bool {
        if headers["transfer-encoding"] == "chunked" {
            while let line = reader.line(), let size = Int(line, radix: 16) {
                guard let piece = reader.bytes(size), reader.line() == "" else { return false }
                if size == 0 { return true }
                body(piece)
            }
            return false
        }
        guard let piece = reader.bytes(Int(headers["content-length"] ?? "0") ?? 0) else { return false }
        body(piece)
        return true
    }

    func answer(_ status: String = "200 OK", headers: [String] = [], _ body: String = "") {
        let fields = (headers + ["Content-Length: \(body.utf8.count)"]).map { $0 + "\r\n" }.joined()
        send("HTTP/1.1 \(status)\r\n\(fields)\r\n\(method == "HEAD" ? "" : body)")
    }

    func beginChunks() {
        send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    /// A piece in chunked coding; an empty one ends the body.
    @discardableResult
    func chunk(_ text: String) -> Bool {
        send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    @discardableResult
    func send(_ text: String) -> Bool {
        send(bytes: Array(text.utf8)[...])
    }

    @discardableResult
    func send(bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.send(
                    reader.descriptor, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    /// Blocks until the client has closed its end.
    func waitForClose() {
        while reader.bytes(1) != nil {}
    }

    /// Tells the test something.
    func note(_ text: String) {
        notifier.yield(text)
    }
}

/// Buffered reading from a socket.
final class SocketReader {
    let descriptor: Int32
    private var buffer: [UInt8] = []
    private var position = 0

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    func line() -> String? {
        var line: [UInt8] = []
        while let byte = bytes(1)?.first {
            if byte == 10 { return String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    func bytes(_ count: Int) -> [UInt8]? {
        while buffer.count - position < count {
            var piece = [UInt8](repeating: 0, count: 65536)
            let received = recv(descriptor, &piece, piece.count, 0)
            guard received > 0 else { return nil }
            buffer.removeFirst(position)
            position = 0
            buffer += piece[..<received]
        }
        defer { position += count }
        return Array(buffer[position..<position + count])
    }
}

/// Lets a server's thread go on when the test says so.
final class Gate: Sendable {
    private let ends: (reading: Int32, writing: Int32)

    init() {
        var pair: [Int32] = [0, 0]
        precondition(pipe(&pair) == 0)
        ends = (pair[0], pair[1])
    }

    deinit {
        close(ends.reading)
        close(ends.writing)
    }

    func open() {
        precondition(write(ends.writing, "x", 1) == 1)
    }

    func wait() {
        var byte: UInt8 = 0
        _ = read(ends.reading, &byte, 1)
    }
}

struct SocketFailure: Error {
    let code = errno
}

/// A loopback socket that listens on a free port, so nobody else has it.
func listen(backlog: Int32 = 64) throws -> (descriptor: Int32, port: Int) {
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
    guard isBound, Glibc.listen(descriptor, backlog) == 0 else { throw SocketFailure() }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let work = Unmanaged.passRetained(Work(body)).toOpaque()
    precondition(
        pthread_create(
            &thread, nil,
            { pointer in
                Unmanaged<Work>.fromOpaque(pointer!).takeRetainedValue().body()
                return nil
            }, work) == 0)
    pthread_detach(thread)
}
