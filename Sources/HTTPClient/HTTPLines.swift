/// The lines of a streamed answer, as they come: JSON lines, or the fields of server-sent events.
public struct HTTPLines: AsyncSequence, Sendable {
    public typealias Element = String
    public typealias Failure = HTTPClientError

    let stream: HTTPStream

    public func makeAsyncIterator() -> Iterator {
        Iterator(pieces: stream.makeAsyncIterator())
    }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate var pieces: HTTPStream.Iterator
        private var splitter = LineSplitter()

        fileprivate init(pieces: HTTPStream.Iterator) {
            self.pieces = pieces
        }

        public mutating func next() async throws(HTTPClientError) -> String? {
            try await next(isolation: nil)
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(HTTPClientError) -> String? {
            while true {
                if let line = splitter.next() { return line }
                guard let piece = try await pieces.next(isolation: actor) else { return splitter.finish() }
                splitter.append(piece)
            }
        }
    }
}

/// Cuts bytes into lines, wherever the pieces that carry them begin and end.
struct LineSplitter {
    private var buffer: [UInt8] = []
    /// Where the next line begins.
    private var start = 0
    /// How far the buffer is known to hold no line end.
    private var searched = 0

    mutating func append(_ bytes: [UInt8]) {
        if start == buffer.count {
            buffer = bytes
        } else {
            buffer.removeFirst(start)
            buffer += bytes
        }
        searched = max(0, searched - start)
        start = 0
    }

    /// The next complete line.
    mutating func next() -> String? {
        guard let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = buffer.count
            return nil
        }
        defer {
            start = end + 1
            searched = start
        }
        return Self.text(buffer[start..<end])
    }

    /// The line that was begun and never ended.
    mutating func finish() -> String? {
        defer { self = LineSplitter() }
        return start < buffer.count ? Self.text(buffer[start...]) : nil
    }

    private static func text(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
}
