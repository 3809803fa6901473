import JSON

/// Rules on objects.
extension SchemaEvaluator {
    mutating func satisfies(
        _ rule: ObjectRule, _ object: JSONObject, _ claim: Claim, _ marks: inout SchemaMarks
    ) -> Bool {
        switch rule {
        case .properties(let properties):
            return satisfiesProperties(properties, object, &marks)
        case .patternProperties(let patterns):
            return satisfiesPatternProperties(patterns, object, claim, &marks)
        case .additionalProperties(let node, let names, let patterns):
            return satisfiesAdditional(node, names, patterns, object, claim, &marks)
        case .propertyNames(let node):
            return object.allSatisfyCollecting(&self) { evaluator, key, _ in
                var ignored = SchemaMarks.unneeded
                return evaluator.evaluate(node, .string(key), &ignored)
            }
        case .required(let names):
            return ignoresRequired || satisfiesRequired(names, object, claim)
        case .minProperties(let count):
            return object.count >= count || fail(claim)
        case .maxProperties(let count):
            return object.count <= count || fail(claim)
        case .dependencies(let names, let schemas):
            return satisfiesDependencies(names, schemas, object, claim, &marks)
        case .unevaluatedProperties(let node):
            return satisfiesUnevaluated(node, object, claim, &marks)
        }
    }

    private mutating func satisfiesProperties(
        _ properties: [(name: String, node: Int)], _ object: JSONObject, _ marks: inout SchemaMarks
    ) -> Bool {
        var areValid = true
        for (name, node) in properties {
            guard let place = object.index(forKey: name) else { continue }
            marks.mark(place)
            if evaluate(node, object[place].value, at: .key(name)) { continue }
            areValid = false
            if !isCollecting || !canDecide { return false }
        }
        return areValid
    }

    private mutating func satisfiesPatternProperties(
        _ patterns: [(pattern: Pattern, node: Int)], _ object: JSONObject, _ claim: Claim, _ marks: inout SchemaMarks
    ) -> Bool {
        var areValid = true
        for (pattern, node) in patterns {
            for (place, member) in object.enumerated() where occurs(pattern, in: member.key, claim.value) {
                marks.mark(place)
                if evaluate(node, member.value, at: .key(member.key)) { continue }
                areValid = false
                if !isCollecting { return false }
            }
            guard canDecide else { return false }
        }
        return areValid
    }

    private mutating func satisfiesAdditional(
        _ node: Int, _ names: JSONObject, _ patterns: [Pattern], _ object: JSONObject, _ claim: Claim,
        _ marks: inout SchemaMarks
    ) -> Bool {
        let isForbidden = schema.nodes[node].verdict == false
        var areValid = true
        var extras: [String] = []
        for (place, member) in object.enumerated() where !names.contains(key: member.key) {
            if patterns.contains(where: { occurs($0, in: member.key, claim.value) }) { continue }
            guard spend(1, on: claim.value) else { return false }
            marks.mark(place)
            if isForbidden {
                extras.append(member.key)
            } else if !evaluate(node, member.value, at: .key(member.key)) {
                areValid = false
                if !isCollecting { return false }
            }
        }
        guard canDecide else { return false }
        guard extras.isEmpty else { return fail(claim, .text(Self.refusal(of: extras, patterns))) }
        return areValid
    }

    private static func refusal(of extras: [String], _ patterns: [Pattern]) -> String {
        let extras = extras.inCodePointOrder
        guard !patterns.isEmpty else {
            let list = PythonSpelling.ofExtras(extras.map { .string($0) })
            return "Additional properties are not allowed (\(list) unexpected)"
        }
        let names = extras.map { PythonSpelling.of($0) }.joined(separator: ", ")
        let sources = patterns.map(\.source).inCodePointOrder.map { PythonSpelling.of($0) }.joined(separator: ", ")
        return "\(names) \(extras.count == 1 ? "does" : "do") not match any of the regexes: \(sources)"
    }

    private mutating func satisfiesRequired(_ names: [String], _ object: JSONObject, _ claim: Claim) -> Bool {
        guard spend(names.count / 8, on: claim.value) else { return false }
        var areThere = true
        for name in names where !object.contains(key: name) {
            areThere = fail(claim, .text("\(PythonSpelling.of(name)) is a required property"))
            if !isCollecting { return false }
        }
        return areThere
    }

    private mutating func satisfiesDependencies(
        _ names: [(name: String, needs: [String])], _ schemas: [(name: String, node: Int)], _ object: JSONObject,
        _ claim: Claim, _ marks: inout SchemaMarks
    ) -> Bool {
        var areMet = true
        for (name, needs) in names where object.contains(key: name) {
            guard spend(1 + needs.count / 8, on: claim.value) else { return false }
            for need in needs where !object.contains(key: need) {
                let text = "\(PythonSpelling.of(need)) is a dependency of \(PythonSpelling.of(name))"
                areMet = fail(claim, .text(text))
            }
        }
        for (name, node) in schemas where object.contains(key: name) {
            if !evaluate(node, claim.value, &marks) { areMet = false }
            guard canDecide else { return false }
        }
        return areMet
    }

    private mutating func satisfiesUnevaluated(
        _ node: Int, _ object: JSONObject, _ claim: Claim, _ marks: inout SchemaMarks
    ) -> Bool {
        var refused: [String] = []
        for (place, member) in object.enumerated() where !marks.has(place) {
            var ignored = SchemaMarks.unneeded
            if isValid(node, member.value, &ignored) { marks.mark(place) } else { refused.append(member.key) }
            guard canDecide else { return false }
        }
        guard !refused.isEmpty else { return true }
        if schema.nodes[node].verdict == false {
            let extras = PythonSpelling.ofExtras(refused.inCodePointOrder.map { .string($0) })
            return fail(claim, .text("Unevaluated properties are not allowed (\(extras) unexpected)"))
        }
        let extras = PythonSpelling.ofExtras(refused.map { .string($0) })
        return fail(
            claim,
            .text("Unevaluated properties are not valid under the given schema (\(extras) unevaluated and invalid)"))
    }
}

extension JSONObject {
    /// Whether all members satisfy `body`; goes on after the first that does not if the reasons are wanted.
    fileprivate func allSatisfyCollecting(
        _ evaluator: inout SchemaEvaluator, _ body: (inout SchemaEvaluator, String, JSONValue) -> Bool
    ) -> Bool {
        var areSatisfied = true
        for (key, value) in self where !body(&evaluator, key, value) {
            areSatisfied = false
            if !evaluator.isCollecting || !evaluator.canDecide { return false }
        }
        return areSatisfied
    }
}

extension [String] {
    fileprivate var inCodePointOrder: [String] {
        sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    }
}

extension PythonSpelling {
    /// What is too much, as part of a sentence: `'a' was`, `'a', 'b' were`.
    static func ofExtras(_ extras: [JSONValue]) -> String {
        "\(extras.prefix(100).map { of($0) }.joined(separator: ", ")) \(extras.count == 1 ? "was" : "were")"
    }
}
