import JSON

/// A node of a YAML document: what it is and where it stands, with aliases and merge keys already resolved.
struct YAMLNode {
    enum Content {
        /// - Parameter isPlain: written without quotes, so that it may be a number, a boolean or null.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// Each key once, in the order in which they were written.
        case mapping([Member])
    }

    struct Member {
        let key: String
        let keyPlace: DocumentPlace
        let value: YAMLNode
    }

    let place: DocumentPlace
    let content: Content

    /// Whether nothing was written, or `null`, or `~`.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return PlainScalar(text) == .value(.null)
    }

    var members: [Member]? {
        if case .mapping(let members) = content { members } else { nil }
    }

    var elements: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// The text of a scalar as it was written, whatever it would mean without quotes.
    var spelling: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// The value of a key, if this is a mapping that has it.
    subscript(key: String) -> YAMLNode? {
        members?.first { $0.key == key }?.value
    }

    /// What it is and what it holds, for messages: `a list`, `'abc'`.
    var summary: String {
        switch content {
        case .scalar(let text, _) where isNull: text.isEmpty ? "nothing" : text
        case .scalar(let text, _): text.count > 60 ? "'\(text.prefix(57))…'" : "'\(text)'"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
