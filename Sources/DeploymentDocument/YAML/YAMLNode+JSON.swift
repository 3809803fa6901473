import JSON

extension YAMLNode {
    /// The value that the node stands for; nothing, and a problem or more, if it stands for none.
    func json(_ problems: ProblemList) -> JSONValue? {
        switch content {
        case .scalar(let text, isPlain: false): return .string(text)
        case .scalar(let text, isPlain: true):
            switch PlainScalar(text) {
            case .value(let value): return value
            case .ambiguous(let remedy):
                problems.add(place, "'\(text)' is ambiguous: \(remedy)")
                return nil
            }
        case .sequence(let elements):
            let values = elements.map { $0.json(problems) }
            return values.contains { $0 == nil } ? nil : .array(values.compactMap { $0 })
        case .mapping(let members):
            var object = JSONObject()
            for member in members {
                guard let value = member.value.json(problems) else { continue }
                object[member.key] = value
            }
            return object.count == members.count ? .object(object) : nil
        }
    }

    /// The node that a JSON pointer (RFC 6901) leads to, or the last one on the way that there is.
    func nearest(to pointer: String) -> YAMLNode {
        pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().reduce((self, true)) {
            found, name in
            guard found.1 else { return found }
            let key = String(name).replacing("~1", with: "/").replacing("~0", with: "~")
            let next =
                found.0[key]
                ?? Int(key).flatMap { index in
                    found.0.elements.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                }
            return next.map { ($0, true) } ?? (found.0, false)
        }.0
    }
}
