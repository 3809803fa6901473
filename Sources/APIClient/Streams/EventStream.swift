import HTTPClient
import JSON

/// The events that a server sends over one connection.
public struct EventStream {
    private var lines: HTTPLines.Iterator
    private var parser = EventParser()
    private let url: String

    init(lines: HTTPLines.Iterator, url: String) {
        self.lines = lines
        self.url = url
    }

    /// The next event; nothing at the end of the stream.
    /// - Throws: ``APIError``, `interrupted` when the connection breaks.
    public mutating func next() async throws(APIError) -> ServerEvent? {
        do {
            while let line = try await lines.next() {
                if let event = parser.take(line) { return event }
            }
            return nil
        } catch {
            throw APIError(error, url: url)
        }
    }

    func read<Record: JSONReadable>(_ event: ServerEvent) throws(APIError) -> Record {
        do {
            return try Record(reading: JSONReader(JSONValue(parsing: event.data)))
        } catch {
            throw .unexpected(url: url, reason: "the event '\(event.name)' cannot be read: \(error)")
        }
    }

    var brokenOff: APIError { .interrupted(url: url, reason: "the stream ended before its time") }
}
