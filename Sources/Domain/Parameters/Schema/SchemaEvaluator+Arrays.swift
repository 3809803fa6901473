import JSON

/// Rules on arrays.
extension SchemaEvaluator {
    mutating func satisfies(
        _ rule: ArrayRule, _ elements: [JSONValue], _ claim: Claim, _ marks: inout SchemaMarks
    ) -> Bool {
        switch rule {
        case .prefixItems(let nodes):
            let places = 0..<min(nodes.count, elements.count)
            marks.mark(places)
            return allValid(places) { (nodes[$0], elements[$0]) }
        case .items(let node, let start):
            return satisfiesItems(node, from: start, elements, claim, &marks)
        case .contains(let node, let least, let most):
            return satisfiesContains(node, least: least, most: most, elements, claim, &marks)
        case .minItems(let count):
            return elements.count >= count || fail(claim)
        case .maxItems(let count):
            return elements.count <= count || fail(claim)
        case .uniqueItems:
            guard spend(claim.value.weight, on: claim.value) else { return false }
            let isUnique = Set(elements.lazy.map(\.withUniformNumbers)).count == elements.count
            return isUnique || fail(claim)
        case .unevaluatedItems(let node):
            return satisfiesUnevaluated(node, elements, claim, &marks)
        }
    }

    /// Evaluates elements by what `pair` says: a node and the element.
    private mutating func allValid(_ places: Range<Int>, _ pair: (Int) -> (Int, JSONValue)) -> Bool {
        var areValid = true
        for place in places {
            let (node, element) = pair(place)
            if evaluate(node, element, at: .index(place)) { continue }
            areValid = false
            if !isCollecting || !canDecide { return false }
        }
        return areValid
    }

    private mutating func satisfiesItems(
        _ node: Int, from start: Int, _ elements: [JSONValue], _ claim: Claim, _ marks: inout SchemaMarks
    ) -> Bool {
        guard elements.count > start else { return true }
        let places = start..<elements.count
        marks.mark(places)
        guard schema.nodes[node].verdict == false else { return allValid(places) { (node, elements[$0]) } }
        let rest = places.count == 1 ? elements[start] : .array(Array(elements[places]))
        return fail(
            claim,
            .text(
                "Expected at most \(start) item\(start == 1 ? "" : "s") but found \(places.count) extra: "
                    + PythonSpelling.of(rest)))
    }

    private mutating func satisfiesContains(
        _ node: Int, least: Int, most: Int?, _ elements: [JSONValue], _ claim: Claim, _ marks: inout SchemaMarks
    ) -> Bool {
        var matches = 0
        for (place, element) in elements.enumerated() {
            var ignored = SchemaMarks.unneeded
            guard isValid(node, element, &ignored) else { continue }
            matches += 1
            marks.mark(place)
            if let most, matches > most { return fail("maxContains", claim.keyword.phrase, claim.value, claim.node) }
        }
        guard canDecide else { return false }
        if matches >= least { return true }
        if matches == 0 { return fail(claim, .ofValue(" does not contain items matching the given schema")) }
        let text = "Too few items match the given schema (expected at least \(least) but only \(matches) matched)"
        return fail("minContains", .text(text), claim.value, claim.node)
    }

    private mutating func satisfiesUnevaluated(
        _ node: Int, _ elements: [JSONValue], _ claim: Claim, _ marks: inout SchemaMarks
    ) -> Bool {
        var refused: [JSONValue] = []
        for (place, element) in elements.enumerated() where !marks.has(place) {
            var ignored = SchemaMarks.unneeded
            if isValid(node, element, &ignored) { marks.mark(place) } else { refused.append(element) }
            guard canDecide else { return false }
        }
        return refused.isEmpty
            || fail(claim, .text("Unevaluated items are not allowed (\(PythonSpelling.ofExtras(refused)) unexpected)"))
    }
}
