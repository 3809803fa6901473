/// The parts of a URI reference, and how one is resolved against another (RFC 3986 §5). Schemas name themselves and
/// each other so; nothing is ever fetched.
struct SchemaURI: Sendable, Hashable {
    private(set) var scheme: String?
    private(set) var authority: String?
    private(set) var path: String
    private(set) var query: String?
    var fragment: String?

    /// Splits by RFC 3986, appendix B; any text can be split.
    init(_ text: String) {
        var rest = text[...]
        fragment = Self.cut(&rest, after: "#")
        query = Self.cut(&rest, after: "?")
        if let colon = rest.firstIndex(of: ":"), colon > rest.startIndex, !rest[..<colon].contains("/") {
            scheme = String(rest[..<colon])
            rest = rest[rest.index(after: colon)...]
        }
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            authority = String(rest[..<end])
            rest = rest[end...]
        }
        path = String(rest)
    }

    private static func cut(_ text: inout Substring, after mark: Character) -> String? {
        guard let place = text.firstIndex(of: mark) else { return nil }
        defer { text = text[..<place] }
        return String(text[text.index(after: place)...])
    }

    /// What `reference` means in a document that is named by this URI.
    func resolving(_ reference: SchemaURI) -> SchemaURI {
        if reference.scheme != nil { return reference }
        var target = reference
        target.scheme = scheme
        if reference.authority != nil { return target }
        target.authority = authority
        if reference.path.isEmpty {
            target.path = path
            target.query = reference.query ?? query
        } else if !reference.path.hasPrefix("/") {
            let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
            target.path = Self.withoutDots(folder + reference.path)
        } else {
            target.path = Self.withoutDots(reference.path[...])
        }
        return target
    }

    /// RFC 3986 §5.2.4.
    private static func withoutDots(_ path: Substring) -> String {
        var kept: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        for (place, segment) in segments.enumerated() {
            let isLast = place == segments.count - 1
            switch segment {
            case ".":
                if isLast { kept.append("") }
            case "..":
                if kept.count > 1 || kept.first?.isEmpty == false { kept.removeLast() }
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        return kept.joined(separator: "/")
    }

    /// Without the fragment.
    var document: String {
        (scheme.map { $0 + ":" } ?? "") + (authority.map { "//" + $0 } ?? "") + path + (query.map { "?" + $0 } ?? "")
    }
}
