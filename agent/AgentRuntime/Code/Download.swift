import Bundles
import Glibc
import HTTPClient

/// Fetches a file over HTTP, through redirections, and no more than is allowed of it.
struct Download: Sendable {
    enum Outcome: Sendable {
        /// - Parameters:
        ///   - digest: SHA-256, in hexadecimal digits.
        ///   - tag: by which the server can be asked whether it has changed.
        case fetched(digest: String, tag: String?)
        case unchanged
    }

    private static let mostRedirections = 5

    let session: HTTPSession
    let url: String
    let token: String?

    /// - Parameter tag: what the server called what is here already.
    func fetch(to path: String, unless tag: String?) async throws -> Outcome {
        var url = url
        for _ in 0...Self.mostRedirections {
            let stream = try await open(url, tag)
            switch stream.status {
            case 200:
                return .fetched(digest: try await save(stream, to: path, url), tag: stream.headers["ETag"])
            case 304: return .unchanged
            case 301, 302, 303, 307, 308: url = try redirected(from: url, to: stream.headers["Location"])
            default: throw refusal(stream.status)
            }
        }
        throw CodeFailure("the server leads from one address to the next, more than \(Self.mostRedirections) times")
    }

    private func open(_ url: String, _ tag: String?) async throws -> HTTPStream {
        var request = HTTPRequest(.get, url, timeouts: HTTPTimeouts(connect: .seconds(20), idle: .seconds(60)))
        // The token is for whom it was given, not for whom that one names.
        if let token, Self.origin(url) == Self.origin(self.url) { request.authorization = .bearer(token) }
        if let tag { request.headers["If-None-Match"] = tag }
        do {
            return try await session.stream(request)
        } catch {
            throw failure(error, url)
        }
    }

    private func save(_ stream: HTTPStream, to path: String, _ url: String) async throws -> String {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw CodeFailure("\(path) cannot be written: \(systemReason(errno))") }
        defer { close(file) }
        var hash = SHA256()
        var left = CodeFetcher.limits.archiveBytes
        var pieces = stream.makeAsyncIterator()
        while let bytes = try await piece(&pieces, url) {
            left -= bytes.count
            guard left >= 0 else {
                let most = CodeFetcher.limits.archiveBytes >> 20
                throw CodeFailure("it has more than \(most) MiB, which is the most that is fetched as code")
            }
            hash.update(bytes)
            let written = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard written == bytes.count else {
                throw CodeFailure("\(path) cannot be written: \(systemReason(written < 0 ? errno : ENOSPC))")
            }
        }
        return hash.digest().description
    }

    private func piece(
        _ pieces: inout HTTPStream.Iterator, _ url: String
    ) async throws -> [UInt8]? {
        do {
            return try await pieces.next()
        } catch {
            throw failure(error, url)
        }
    }

    private func redirected(from url: String, to place: String?) throws -> String {
        guard let place, !place.isEmpty else { throw CodeFailure("the server leads to another address and names none") }
        let origin = Self.origin(url)
        guard !place.contains("://") else {
            if url.hasPrefix("https:"), !place.hasPrefix("https:") {
                throw CodeFailure(
                    "the server leads from https to \(Self.origin(place)), where nobody proves who answers")
            }
            return place
        }
        if place.hasPrefix("/") { return origin + place }
        let folder = url.prefix { $0 != "?" }
        return folder.lastIndex(of: "/").map { folder[...$0] + place } ?? place
    }

    private func refusal(_ status: Int) -> CodeFailure {
        switch status {
        case 401, 403:
            let remedy =
                token == nil
                ? "give the code a 'token' (\"{{ secrets.NAME }}\")"
                : "the token may not read it: store one that may ('sluice secret set NAME')"
            return CodeFailure("the server answers with status \(status); \(remedy)")
        case 404, 410: return CodeFailure("the server has no such file (status \(status)); see to the 'url'")
        default: return CodeFailure("the server answers with status \(status)")
        }
    }

    /// What leads somewhere may carry the right to read in its query.
    private func failure(_ error: HTTPClientError, _ url: String) -> CodeFailure {
        CodeFailure(error.description.replacing(url, with: url.prefix { $0 != "?" }))
    }

    /// Scheme, host and port.
    private static func origin(_ url: String) -> String {
        guard let separator = url.firstRange(of: "://") else { return url }
        return String(url[..<separator.upperBound] + url[separator.upperBound...].prefix { $0 != "/" && $0 != "?" })
    }
}
