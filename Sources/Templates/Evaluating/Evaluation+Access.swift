extension Evaluation {
    /// `owner.name`: a method of the value, else its member.
    func attribute(_ name: String, of owner: Value) -> Value {
        if case .undefined = owner { return owner }
        if let found = ownAttribute(name, of: owner) { return found }
        if case .mapping(let mapping) = owner, let member = mapping[name] { return member }
        return missing(name, of: owner)
    }

    /// `owner[key]`: the member, else what `.` would find.
    mutating func item(_ key: Value, of owner: Value) throws(TemplateError) -> Value {
        switch owner {
        case .undefined: return owner
        case .mapping(let mapping):
            if let member = Mapping.Key(key).flatMap({ mapping[$0] }) { return member }
        case .list(let elements), .tuple(let elements):
            if let place = key.integer.flatMap({ Self.place($0, in: elements.values.count) }) {
                return elements.values[place]
            }
        case .text(let text), .markup(let text):
            try spend(on: owner)
            if let index = key.integer, let place = Self.place(index, in: text.unicodeScalars.count) {
                let scalars = text.unicodeScalars
                return .text(String(scalars[scalars.index(scalars.startIndex, offsetBy: place)]))
            }
        default: break
        }
        if let name = key.string, let found = ownAttribute(name, of: owner) { return found }
        return missing(try text(of: key), of: owner)
    }

    private func missing(_ name: String, of owner: Value) -> Value {
        .undefined("'\(owner.typeName) object' has no attribute '\(name)'")
    }

    private static func place(_ index: Int128, in count: Int) -> Int? {
        let place = index < 0 ? index + Int128(count) : index
        return place >= 0 && place < Int128(count) ? Int(place) : nil
    }

    /// What a value has whatever it holds. What would change it is not there.
    private func ownAttribute(_ name: String, of owner: Value) -> Value? {
        switch owner {
        case .loop(let loop): attribute(name, of: loop) ?? Self.method(name, of: owner, in: Routine.loopMethods)
        case .namespace(let number): member(name, ofNamespace: number)
        case .text, .markup: Self.method(name, of: owner, in: Routine.textMethods)
        case .list, .tuple: Self.method(name, of: owner, in: Routine.listMethods)
        case .mapping: Self.method(name, of: owner, in: Routine.mappingMethods)
        default: nil
        }
    }

    private static func method(_ name: String, of owner: Value, in routines: [String: Routine]) -> Value? {
        if Routine.changingMethods[owner.typeName]?.contains(name) ?? false {
            return .undefined("'\(name)' would change a \(owner.typeName), which is not safe")
        }
        return routines[name] == nil ? nil : .method(owner, name)
    }

    private func attribute(_ name: String, of loop: LoopState) -> Value? {
        let values = loop.elements.values
        return switch name {
        case "index": .integer(Int128(loop.index + 1))
        case "index0": .integer(Int128(loop.index))
        case "revindex": .integer(Int128(values.count - loop.index))
        case "revindex0": .integer(Int128(values.count - loop.index - 1))
        case "first": .bool(loop.index == 0)
        case "last": .bool(loop.index == values.count - 1)
        case "length": .integer(Int128(values.count))
        case "depth": .integer(1)
        case "depth0": .integer(0)
        case "previtem":
            loop.index > 0 ? values[loop.index - 1] : .undefined("there is no previous item")
        case "nextitem":
            loop.index + 1 < values.count ? values[loop.index + 1] : .undefined("there is no next item")
        default: nil
        }
    }

    mutating func slice(_ owner: Value, from: Int?, to: Int?, step: Int?) throws(TemplateError) -> Value {
        switch owner {
        case .undefined: return owner
        case .text(let text), .markup(let text):
            try spend(1 + text.utf8.count)
            let part = String(try slice(text.scalars, from: from, to: to, step: step ?? 1))
            return owner.isMarkup ? .markup(part) : .text(part)
        case .list(let elements): return .list(try slice(elements.values, from: from, to: to, step: step ?? 1))
        case .tuple(let elements): return .tuple(try slice(elements.values, from: from, to: to, step: step ?? 1))
        default: throw failure("a '\(owner.typeName)' cannot be cut into slices")
        }
    }

    private mutating func slice<Part>(
        _ parts: [Part], from: Int?, to: Int?, step: Int
    ) throws(TemplateError) -> [Part] {
        if step == 0 { throw failure("a slice cannot have a step of zero") }
        try spend(parts.count)
        let (low, high) = step > 0 ? (0, parts.count) : (-1, parts.count - 1)
        func limited(_ bound: Int) -> Int {
            min(high, max(low, bound < 0 ? bound.addingReportingOverflow(parts.count).partialValue : bound))
        }
        let start = from.map(limited) ?? (step > 0 ? low : high)
        let end = to.map(limited) ?? (step > 0 ? high : low)
        return stride(from: start, to: end, by: max(step, -parts.count - 1)).map { parts[$0] }
    }

    /// The elements that iterating over a value yields.
    ///
    /// - Throws: `TemplateError` for what has none.
    mutating func sequence(_ value: Value) throws(TemplateError) -> [Value] {
        switch value {
        case .undefined: return []
        case .list(let elements), .tuple(let elements):
            try spend(elements.values.count / 16)
            return elements.values
        case .mapping(let mapping):
            try spend(mapping.entries.count)
            return mapping.entries.map(\.key)
        case .text(let text), .markup(let text):
            try spend(text.utf8.count)
            return text.unicodeScalars.map { .text(String($0)) }
        default: throw failure("a '\(value.typeName)' has no elements")
        }
    }
}
