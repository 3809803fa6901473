import Domain
import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// A request with the means to read it.
struct Call: Sendable {
    let request: Request
    let context: RESTContext

    /// The id at `parameter` of the path. What is no id names nothing.
    func id<Subject>(_ parameter: String = "id", of subject: Subject.Type) throws(Problem) -> ID<Subject> {
        let text = try name(parameter)
        guard let id = ID<Subject>(text) else { throw .notFound("\(subject) \"\(text)\" not found") }
        return id
    }

    /// The text at `parameter` of the path.
    func name(_ parameter: String) throws(Problem) -> String {
        guard let text = context.parameters.get(parameter)?.removingPercentEncoding(), !text.isEmpty else {
            throw .notFound("Not Found")
        }
        return text
    }

    /// The value of `name` in the query.
    func query(_ name: String) -> String? { request.uri.queryParameters[name[...]].map { String($0) } }

    /// Whether `name` in the query is true; it is not if it is absent.
    func flag(_ name: String) throws(Problem) -> Bool {
        guard let text = query(name) else { return false }
        do {
            return try JSONReader(.string(text), path: ["query", .key(name)]).bool
        } catch {
            throw .invalid(error.description)
        }
    }

    func header(_ name: HTTPField.Name) -> String? { request.headers[name] }

    /// What kind of body the client says that it sends, without parameters, in lower case.
    var mediaType: String? {
        header(.contentType).map { String($0.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()) }
    }

    /// The JSON body. An empty one is taken for an object without members.
    ///
    /// - Throws: `InvalidBody`, `Problem`.
    func body<Value: JSONReadable>(as: Value.Type = Value.self) async throws -> Value {
        let bytes = try await collectBody()
        let body = bytes.readableBytes == 0 ? .object([:]) : try parse(bytes)
        do {
            return try Value(reading: JSONReader(body, path: ["body"]))
        } catch {
            throw InvalidBody(errors: [error], body: bytes.readableBytes <= InvalidBody.echoLimit ? body : .null)
        }
    }

    private func collectBody() async throws(Problem) -> ByteBuffer {
        do {
            return try await request.body.collect(upTo: RequestLimits.body)
        } catch is NIOTooManyBytesError {
            throw Problem(.contentTooLarge, "the body is larger than \(RequestLimits.body >> 20) MiB")
        } catch {
            throw .cutOff(error)
        }
    }

    private func parse(_ bytes: ByteBuffer) throws -> JSONValue {
        guard mediaType == "application/json" else {
            throw Problem(
                .unsupportedMediaType,
                "the body must be JSON, with the header \"Content-Type: application/json\", not \(mediaType ?? "none")")
        }
        let result = bytes.withUnsafeReadableBytes { bytes in
            Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
        }
        do {
            return try result.get()
        } catch {
            throw InvalidBody(error)
        }
    }
}

extension String {
    /// The text that percent-encoding stands for (RFC 3986 §2.1); nil if it is broken, or not UTF-8.
    func removingPercentEncoding() -> String? {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        var bytes: [UInt8] = []
        var rest = utf8.makeIterator()
        while let byte = rest.next() {
            if byte == UInt8(ascii: "%") {
                guard
                    let high = rest.next().flatMap({ Character(UnicodeScalar($0)).hexDigitValue }),
                    let low = rest.next().flatMap({ Character(UnicodeScalar($0)).hexDigitValue })
                else { return nil }
                bytes.append(UInt8(high << 4 | low))
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
