import Domain

/// Reads how long finished runs are kept.
struct RetentionReader {
    /// `forever`, or a mapping with `age` and `count`.
    func retention(_ fields: Fields) -> RunRetention? {
        guard let node = fields["retention"] else { return nil }
        if node.spelling == "forever" { return .forever }
        guard node.members != nil else {
            fields.add(
                node, "'retention' is a mapping such as {age: 30d, count: 1000}, or forever, not \(node.summary)")
            return nil
        }
        guard let retention = Fields(node, of: "'retention'", keys: ["age", "count"], problems: fields.problems) else {
            return nil
        }
        return RunRetention(age: age(retention), count: count(retention))
    }

    private func age(_ retention: Fields) -> RunRetention.Age? {
        guard let node = retention["age"] else { return nil }
        if node.spelling == "forever" { return .forever }
        guard let span = node.spelling.flatMap({ DurationText.parse($0) }) else {
            retention.add(node, "'age' is a duration, such as 30d or 12h, or forever, not \(node.summary)")
            return nil
        }
        return .atMost(span)
    }

    private func count(_ retention: Fields) -> RunRetention.Count? {
        guard let node = retention["count"] else { return nil }
        if node.spelling == "all" { return .all }
        guard case .scalar(let text, isPlain: true) = node.content, let count = Int(text), count >= 0 else {
            retention.add(node, "'count' is a whole number of 0 or more, or all, not \(node.summary)")
            return nil
        }
        return .newest(count)
    }
}
