import JSON

/// Which events somebody wants, and in which order: Prefect's `EventFilter`. It is tested on events themselves; storage
/// only narrows down what to look at.
public struct EventFilter: Sendable {
    public enum Order: String, Sendable, CaseIterable {
        case ascending = "ASC"
        case descending = "DESC"
    }

    public var since: Timestamp?
    public var until: Timestamp?
    public var name = NameTest()
    public var resource: ResourceTest?
    public var related: [ResourceTest] = []
    public var anyResource: [ResourceTest] = []
    /// None of them means that any will do.
    public var ids: [ID<Event>] = []
    public var text: TextTest?
    public var order = Order.descending

    public init() {}

    /// Whether the event is wanted.
    public func includes(_ event: Event) -> Bool {
        if let since, event.occurred < since { return false }
        if let until, event.occurred > until { return false }
        return includesWhatever(time: event)
    }

    /// The same whenever it occurred: for events that have just happened.
    public func includesWhatever(time event: Event) -> Bool {
        name.holds(for: event.name)
            && (ids.isEmpty || ids.contains(event.id))
            && (resource?.holds(for: event.resource) ?? true)
            && related.allSatisfy { test in event.related.contains { test.holds(for: $0) } || test.isEmpty }
            && anyResource.allSatisfy { test in
                test.holds(for: event.resource) || event.related.contains { test.holds(for: $0) }
            }
            && (text?.holds(for: event) ?? true)
    }
}

extension EventFilter {
    /// A test of an event's name.
    public struct NameTest: Sendable {
        public var names: [String] = []
        public var prefixes: [String] = []
        public var excludedNames: [String] = []
        public var excludedPrefixes: [String] = []

        public init() {}

        /// Whether the name is wanted.
        public func holds(for name: String) -> Bool {
            (prefixes.isEmpty || prefixes.contains { name.hasPrefix($0) })
                && (names.isEmpty || names.contains(name))
                && !excludedPrefixes.contains { name.hasPrefix($0) }
                && !excludedNames.contains(name)
        }
    }

    /// A test of one thing that an event concerns.
    public struct ResourceTest: Sendable {
        public var ids: [String] = []
        public var idPrefixes: [String] = []
        public var roles: [String] = []
        /// Pairs of an id and a role.
        public var inRoles: [(id: String, role: String)] = []
        public var labels: LabelTest?

        public init() {}

        var isEmpty: Bool {
            ids.isEmpty && idPrefixes.isEmpty && roles.isEmpty && inRoles.isEmpty && labels == nil
        }

        /// Whether the thing is wanted.
        public func holds(for resource: EventResource) -> Bool {
            (ids.isEmpty || ids.contains(resource.id))
                && (idPrefixes.isEmpty || idPrefixes.contains { resource.id.hasPrefix($0) })
                && (roles.isEmpty || resource.role.map(roles.contains) ?? false)
                && (inRoles.isEmpty || inRoles.contains { $0.id == resource.id && $0.role == resource.role })
                && (labels?.holds(for: resource) ?? true)
        }
    }

    /// What labels must be: for each name, one of the patterns.
    public struct LabelTest: Sendable {
        public var patterns: [(label: String, values: [String])]

        public init(_ patterns: [(label: String, values: [String])]) { self.patterns = patterns }

        /// A label that is absent is what only a pattern that begins with `!` holds for.
        public func holds(for resource: EventResource) -> Bool {
            patterns.allSatisfy { label, values in
                values.contains { LabelPattern($0).holds(for: resource[label]) }
            }
        }
    }

    /// Words, of which one must appear; after `-`, none may; after `+`, all must. Several in quotes are one.
    public struct TextTest: Sendable {
        private var anyOf: [String] = []
        private var noneOf: [String] = []
        private var allOf: [String] = []

        public init(_ query: String) {
            for term in Self.terms(query) {
                let word = term.text.lowercased()
                guard !word.isEmpty else { continue }
                switch term.sign {
                case "-", "!": noneOf.append(word)
                case "+": allOf.append(word)
                default: anyOf.append(word)
                }
            }
        }

        func holds(for event: Event) -> Bool {
            let everything = ([event.resource] + event.related).flatMap { $0.labels.values.compactMap(\.stringValue) }
            let text = ([event.name] + everything + ["\(event.payload.json.serialized())"])
                .joined(separator: " ").lowercased()
            return (anyOf.isEmpty || anyOf.contains { text.contains($0) })
                && !noneOf.contains { text.contains($0) }
                && allOf.allSatisfy { text.contains($0) }
        }

        private static func terms(_ query: String) -> [(sign: Character?, text: String)] {
            var terms: [(sign: Character?, text: String)] = []
            var rest = Substring(query)
            while true {
                rest = rest.drop(while: \.isWhitespace)
                guard let first = rest.first else { return terms }
                let sign = "-!+".contains(first) ? first : nil
                if sign != nil { rest = rest.dropFirst() }
                if rest.first == "\"" {
                    let quoted = rest.dropFirst().prefix { $0 != "\"" }
                    rest = rest.dropFirst(quoted.count + 2)
                    terms.append((sign, String(quoted)))
                } else {
                    let word = rest.prefix { !$0.isWhitespace }
                    rest = rest.dropFirst(word.count)
                    terms.append((sign, String(word)))
                }
            }
        }
    }
}

/// A pattern for a label's value: `*` stands for any text, `?` for any character, and `!` before it for the opposite.
public struct LabelPattern: Sendable {
    private let isNegated: Bool
    private let pattern: [Character]

    public init(_ text: String) {
        isNegated = text.hasPrefix("!")
        pattern = Array(isNegated ? text.dropFirst() : text[...])
    }

    /// Whether the value is as the pattern says.
    public func holds(for value: String?) -> Bool {
        guard let value else { return isNegated }
        return Self.matches(Array(value), pattern) != isNegated
    }

    /// Going back to the last `*` is enough: time is the product of the lengths at most.
    private static func matches(_ text: [Character], _ pattern: [Character]) -> Bool {
        var (position, next) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while position < text.count {
            if next < pattern.count, pattern[next] == "*" {
                star = (next + 1, position)
                next += 1
            } else if next < pattern.count, pattern[next] == "?" || pattern[next] == text[position] {
                (position, next) = (position + 1, next + 1)
            } else if let back = star {
                star = (back.pattern, back.text + 1)
                (position, next) = (back.text + 1, back.pattern)
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == "*" }
    }
}
