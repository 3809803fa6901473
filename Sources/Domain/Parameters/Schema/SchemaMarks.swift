import JSON

/// Which members of an object or elements of an array keywords have looked at: what `unevaluatedProperties` and
/// `unevaluatedItems` build upon. Kept only where one of them asks.
struct SchemaMarks {
    let isNeeded: Bool
    private var seen: [Bool]

    static let unneeded = SchemaMarks(isNeeded: false, seen: [])

    private init(isNeeded: Bool, seen: [Bool]) {
        self.isNeeded = isNeeded
        self.seen = seen
    }

    init(for value: JSONValue) {
        let count =
            switch value {
            case .array(let elements): elements.count
            case .object(let object): object.count
            default: 0
            }
        self.init(isNeeded: true, seen: [Bool](repeating: false, count: count))
    }

    func has(_ place: Int) -> Bool { seen[place] }

    mutating func mark(_ place: Int) {
        if isNeeded { seen[place] = true }
    }

    mutating func mark(_ places: Range<Int>) {
        guard isNeeded else { return }
        for place in places { seen[place] = true }
    }

    /// Takes over the marks of another about the same value.
    mutating func formUnion(_ other: SchemaMarks) {
        for (place, isSeen) in other.seen.enumerated() where isSeen { seen[place] = true }
    }
}
