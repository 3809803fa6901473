import Domain
import Hummingbird
import JSON
import NIOCore
import Orchestration

/// The lines of a batch as they come, each read when it is asked for.
struct BatchLines: AsyncSequence, Sendable {
    typealias Element = BatchLine

    private let body: RequestBody

    init(_ request: Request) { body = request.body }

    func makeAsyncIterator() -> Iterator { Iterator(LineReader(body.makeAsyncIterator())) }

    struct Iterator: AsyncIteratorProtocol {
        private var lines: LineReader
        private var number = 0

        fileprivate init(_ lines: LineReader) { self.lines = lines }

        /// - Throws: `OrchestrationError.invalidBatchLine`.
        mutating func next() async throws -> BatchLine? {
            while true {
                number += 1
                guard let line = try await lines.next(number) else { return nil }
                if let request = try Self.request(in: line, number) {
                    return BatchLine(number: number, request: request)
                }
            }
        }

        /// What is asked for in a line; nil if it is blank.
        private static func request(in line: ByteBuffer, _ number: Int) throws -> RunRequest? {
            let bytes = line.readableBytesView
            if bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }) {
                return nil
            }
            let result = line.withUnsafeReadableBytes { bytes in
                Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
            }
            do {
                return try RunRequest(batchLine: JSONReader(try result.get()))
            } catch let error as JSONError {
                // The line within the line says nothing.
                throw OrchestrationError.invalidBatchLine(
                    number: number, reason: "invalid JSON at column \(error.column): \(error.reason)")
            } catch {
                throw OrchestrationError.invalidBatchLine(number: number, reason: "\(error)")
            }
        }
    }
}

/// Cuts a body into lines, with no more than one line and what came with it in memory.
private struct LineReader {
    private var chunks: RequestBody.AsyncIterator
    private var buffer = ByteBuffer()
    /// Bytes of the buffer in which there is no end of a line.
    private var searched = 0
    private var isAtEnd = false

    init(_ chunks: RequestBody.AsyncIterator) { self.chunks = chunks }

    /// The next line without its end.
    mutating func next(_ number: Int) async throws -> ByteBuffer? {
        while true {
            let view = buffer.readableBytesView
            if let end = view.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
                searched = 0
                let line = buffer.readSlice(length: end - view.startIndex)
                buffer.moveReaderIndex(forwardBy: 1)
                return line
            }
            searched = view.count
            guard searched <= RequestLimits.line else {
                throw OrchestrationError.invalidBatchLine(
                    number: number, reason: "it is longer than \(RequestLimits.line >> 20) MiB")
            }
            if isAtEnd { return takeLast() }
            try await fill()
        }
    }

    private mutating func fill() async throws {
        buffer.discardReadBytes()
        do {
            guard var chunk = try await chunks.next() else {
                isAtEnd = true
                return
            }
            buffer.writeBuffer(&chunk)
        } catch {
            throw Problem.cutOff(error)
        }
    }

    /// What is behind the last end of a line.
    private mutating func takeLast() -> ByteBuffer? {
        searched = 0
        guard buffer.readableBytes > 0 else { return nil }
        defer { buffer.clear() }
        return buffer
    }
}

extension RunRequest {
    /// What may differ from run to run of a batch.
    fileprivate init(batchLine reader: JSONReader) throws(JSONReadingError) {
        self.init()
        parameters = try reader.optional("parameters") ?? [:]
        name = try reader.optional("name")
        tags = try reader.optional("tags") ?? []
        priority = try reader.optional("priority")
    }
}
