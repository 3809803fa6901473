import JSON

/// Rules that combine schemas.
extension SchemaEvaluator {
    mutating func satisfies(_ rule: LogicRule, _ claim: Claim, _ marks: inout SchemaMarks) -> Bool {
        switch rule {
        case .allOf(let nodes):
            return satisfiesAll(nodes, claim.value, &marks)
        case .anyOf(let nodes):
            return satisfiesAny(nodes, claim, &marks)
        case .oneOf(let nodes, let spellings):
            return satisfiesOne(nodes, spellings, claim, &marks)
        case .not(let node):
            var ignored = SchemaMarks.unneeded
            let isRefuted = !isValid(node, claim.value, &ignored)
            return canDecide && (isRefuted || fail(claim))
        case .condition(let condition, let then, let otherwise):
            let holds = isValid(condition, claim.value, &marks)
            guard canDecide else { return false }
            guard let branch = holds ? then : otherwise else { return true }
            return evaluate(branch, claim.value, &marks)
        case .reference(let node):
            return evaluate(node, claim.value, &marks)
        case .dynamicReference(let node, let anchor):
            return evaluate(dynamicTarget(anchor) ?? node, claim.value, &marks)
        }
    }

    private mutating func satisfiesAll(_ nodes: [Int], _ value: JSONValue, _ marks: inout SchemaMarks) -> Bool {
        var areSatisfied = true
        for node in nodes where !evaluate(node, value, &marks) {
            areSatisfied = false
            if !isCollecting || !canDecide { return false }
        }
        return areSatisfied
    }

    private mutating func satisfiesAny(_ nodes: [Int], _ claim: Claim, _ marks: inout SchemaMarks) -> Bool {
        var isSatisfied = false
        let context = collectingApart { evaluator in
            for node in nodes {
                if evaluator.evaluate(node, claim.value, &marks) { isSatisfied = true }
                // Where marks are kept, each branch that is satisfied adds its own.
                if isSatisfied && !marks.isNeeded || !evaluator.canDecide { return }
            }
        }
        guard canDecide else { return false }
        return isSatisfied || fail(claim, context: context)
    }

    private mutating func satisfiesOne(
        _ nodes: [Int], _ spellings: [String], _ claim: Claim, _ marks: inout SchemaMarks
    ) -> Bool {
        var first: Int?
        let context = collectingApart { evaluator in
            first = nodes.indices.first { evaluator.evaluate(nodes[$0], claim.value, &marks) || !evaluator.canDecide }
        }
        guard canDecide else { return false }
        guard let first else { return fail(claim, context: context) }
        var others: [Int] = []
        for place in nodes.indices.dropFirst(first + 1) {
            var ignored = SchemaMarks.unneeded
            if isValid(nodes[place], claim.value, &ignored) { others.append(place) }
            guard canDecide else { return false }
            if !others.isEmpty, !isCollecting { return false }
        }
        if others.isEmpty { return true }
        let list = (others + [first]).map { spellings[$0] }.joined(separator: ", ")
        return fail(claim, .ofValue(" is valid under each of \(list)"))
    }

    /// The node with that anchor in the outermost resource that has one.
    private func dynamicTarget(_ anchor: String?) -> Int? {
        guard let anchor, let marked = schema.dynamicAnchors[anchor] else { return nil }
        for resource in scope {
            if let node = marked[resource] { return node }
        }
        return nil
    }
}
