/// One server-sent event.
public struct ServerEvent: Sendable, Hashable {
    /// `message` where the server names none.
    public var name: String
    /// The lines of its data, with line feeds between them.
    public var data: String
    /// The last id that was sent, with this event or before it: where to go on after a broken connection.
    public var lastID: String?

    public init(name: String = "message", data: String, lastID: String? = nil) {
        self.name = name
        self.data = data
        self.lastID = lastID
    }
}

/// Reads server-sent events line by line, as the HTML standard has it (9.2.6), but for `retry`.
struct EventParser {
    private var name = ""
    private var data: [Substring] = []
    private var lastID: String?

    /// Takes a line without its end.
    ///
    /// - Returns: the event that the line completes; an empty line completes one, if it has any data.
    mutating func take(_ line: String) -> ServerEvent? {
        if line.isEmpty { return complete() }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var value = parts.count > 1 ? parts[1] : ""
        if value.first == " " { value.removeFirst() }
        switch parts[0] {
        case "event": name = String(value)
        case "data": data.append(value)
        case "id" where !value.utf8.contains(0): lastID = String(value)
        default: break  // a comment, or a field that nobody knows
        }
        return nil
    }

    private mutating func complete() -> ServerEvent? {
        defer { (name, data) = ("", []) }
        guard !data.isEmpty else { return nil }
        return ServerEvent(
            name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"), lastID: lastID)
    }
}
