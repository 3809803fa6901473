import Hummingbird
import NIOCore

/// A body as it comes. What breaks off is a `Problem` of whoever sent it.
struct BodyChunks: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    private let body: RequestBody

    init(_ request: Request) { body = request.body }

    func makeAsyncIterator() -> Iterator { Iterator(chunks: body.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var chunks: RequestBody.AsyncIterator

        mutating func next() async throws -> [UInt8]? {
            do {
                return try await chunks.next().map { [UInt8](buffer: $0) }
            } catch {
                throw Problem.cutOff(error)
            }
        }
    }
}
