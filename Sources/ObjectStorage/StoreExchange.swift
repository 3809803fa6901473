import Glibc
import HTTPClient

/// Asks a store, and tells in this module's words what goes wrong on the way.
struct StoreExchange: Sendable {
    let http: HTTPSession
    let isForPublicHosts: Bool

    /// A page of a thousand keys of the greatest length, each byte encoded in three, is a quarter of it.
    private static let answerLimit = 16 << 20

    static let timeouts = HTTPTimeouts(connect: .seconds(10), idle: .seconds(60))

    /// Sends a request; the answer may be one of failure.
    func open(_ request: HTTPRequest, at place: ObjectPlace) async throws(ObjectStorageError) -> HTTPStream {
        var request = request
        request.isForPublicHosts = isForPublicHosts
        request.keepsDotSegments = true
        do throws(HTTPClientError) {
            return try await http.stream(request)
        } catch {
            throw Self.failure(error, at: place)
        }
    }

    /// The rest of an answer that has to fit into memory.
    func whole(_ stream: HTTPStream, at place: ObjectPlace) async throws(ObjectStorageError) -> [UInt8] {
        var bytes: [UInt8] = []
        try await forEachPiece(of: stream, at: place) { (piece) throws(ObjectStorageError) in
            guard bytes.count + piece.count <= Self.answerLimit else {
                throw ObjectStorageError(.unreadable("it is longer than \(Self.answerLimit) bytes"), at: place)
            }
            bytes += piece
        }
        return bytes
    }

    /// Writes the rest of an answer into a file, which is taken away again when that fails; returns how many bytes.
    func write(
        _ stream: HTTPStream, to path: String, limit: Int, at place: ObjectPlace
    ) async throws(ObjectStorageError) -> Int {
        guard stream.headers["Content-Length"].flatMap(Int.init) ?? 0 <= limit else {
            throw ObjectStorageError(.tooLarge(limit: limit), at: place)
        }
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.fileFailure(path, at: place) }
        do throws(ObjectStorageError) {
            let count = try await copy(stream, to: file, path, limit: limit, at: place)
            close(file)
            return count
        } catch {
            close(file)
            unlink(path)
            throw error
        }
    }

    private func copy(
        _ stream: HTTPStream, to file: Int32, _ path: String, limit: Int, at place: ObjectPlace
    ) async throws(ObjectStorageError) -> Int {
        var count = 0
        try await forEachPiece(of: stream, at: place) { (piece) throws(ObjectStorageError) in
            count += piece.count
            guard count <= limit else { throw ObjectStorageError(.tooLarge(limit: limit), at: place) }
            guard Self.append(piece, to: file) else { throw Self.fileFailure(path, at: place) }
        }
        return count
    }

    private func forEachPiece(
        of stream: HTTPStream, at place: ObjectPlace, _ body: ([UInt8]) throws(ObjectStorageError) -> Void
    ) async throws(ObjectStorageError) {
        var pieces = stream.makeAsyncIterator()
        while true {
            let piece: [UInt8]?
            do throws(HTTPClientError) {
                piece = try await pieces.next()
            } catch {
                throw Self.failure(error, at: place)
            }
            guard let piece else { return }
            try body(piece)
        }
    }

    private static func append(_ piece: [UInt8], to file: Int32) -> Bool {
        var rest = piece[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func fileFailure(_ path: String, at place: ObjectPlace) -> ObjectStorageError {
        ObjectStorageError(.file(path: path, reason: String(cString: strerror(errno))), at: place)
    }

    static func failure(_ error: HTTPClientError, at place: ObjectPlace) -> ObjectStorageError {
        switch error {
        case .cancelled: ObjectStorageError(.cancelled, at: place)
        case .privateHost(_, let address): ObjectStorageError(.privateHost(address), at: place)
        case .invalidURL(_, let reason): ObjectStorageError(.invalid(reason), at: place)
        case .invalidHeader(let name):
            ObjectStorageError(.invalid("a key holds characters that the header \(name) cannot"), at: place)
        default: ObjectStorageError(.unreachable("\(error)"), at: place)
        }
    }
}
