import JSON

extension SchemaViolation {
    /// The one violation to name if only one can be: that which `best_match` of Python's `jsonschema` picks, so that a
    /// refusal says what Prefect's server says.
    public static func mostRelevant(of violations: [SchemaViolation]) -> SchemaViolation? {
        // The last of the violations that are equally relevant would be wrong: Python's max takes the first.
        guard
            var best = violations.max(by: { $0.relevance < $1.relevance }).map({ maximum in
                violations.first { $0.relevance == maximum.relevance } ?? maximum
            })
        else { return nil }
        while let least = best.context.min(by: { $0.relevance < $1.relevance }) {
            if best.context.count(where: { $0.relevance == least.relevance }) > 1 { return best }
            best = least
        }
        return best
    }

    private var relevance: Relevance {
        Relevance(
            location: location, isStrong: keyword != "anyOf" && keyword != "oneOf", isOfOtherType: !matchesType)
    }

    private struct Relevance: Comparable {
        let location: [JSONPathComponent]
        let isStrong: Bool
        let isOfOtherType: Bool

        /// By depth (the shallower is greater), then by place, then by keyword, then by type.
        static func < (left: Relevance, right: Relevance) -> Bool {
            if left.location.count != right.location.count { return left.location.count > right.location.count }
            if left.location != right.location {
                return left.location.lexicographicallyPrecedes(right.location, by: precedes)
            }
            if left.isStrong != right.isStrong { return right.isStrong }
            return !left.isOfOtherType && right.isOfOtherType
        }

        private static func precedes(_ left: JSONPathComponent, _ right: JSONPathComponent) -> Bool {
            switch (left, right) {
            case (.index(let left), .index(let right)): left < right
            case (.key(let left), .key(let right)): left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
            case (.index, .key): true
            case (.key, .index): false
            }
        }
    }
}
