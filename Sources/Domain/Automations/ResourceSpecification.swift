public import JSON

/// Which things an event must concern: for each label the patterns of which one must hold. Nothing covers everything.
///
/// Prefect's `ResourceSpecification`: a pattern is a glob, with `!` before it for the opposite; a label that is absent
/// meets none.
public struct ResourceSpecification: Sendable, Hashable {
    /// As clients wrote it: texts or lists of texts.
    public let labels: JSONObject

    public init(_ labels: JSONObject = [:]) { self.labels = labels }

    /// Whether all things meet it.
    public var isEmpty: Bool { labels.isEmpty }

    /// Whether one of these things meets it.
    public func includes(_ resources: some Sequence<EventResource>) -> Bool {
        isEmpty || resources.contains { holds(for: $0) }
    }

    private func holds(for resource: EventResource) -> Bool {
        labels.allSatisfy { label, patterns in
            guard let value = resource[label] else { return false }
            return Self.texts(patterns).contains { LabelPattern($0).holds(for: value) }
        }
    }

    /// Whether it leaves out no thing of a kind.
    func coversEvery(_ kind: String) -> Bool {
        if isEmpty { return true }
        guard labels.count == 1, let ids = labels["prefect.resource.id"] else { return false }
        return Self.texts(ids).contains("\(kind).*")
    }

    private static func texts(_ patterns: JSONValue) -> [String] {
        patterns.stringValue.map { [$0] } ?? (patterns.arrayValue ?? []).compactMap(\.stringValue)
    }
}

extension ResourceSpecification: JSONEncodable, JSONReadable {
    public var json: JSONValue { .object(labels) }

    /// Reads labels with a text or a list of texts each.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        for (_, member) in try reader.members {
            if case .array = member.value { _ = try member.read(as: [String].self) } else { _ = try member.string }
        }
        self.init(try reader.object)
    }
}
