/// A dictionary as Python has them: in the order of insertion, with keys of several types.
struct Mapping: Sendable {
    /// What a key is compared by: `1`, `1.0` and `true` are one key.
    enum Key: Hashable, Sendable {
        case none
        case integer(Int128)
        case float(Double)
        /// By its code points, not by canonical equivalence.
        case text([UInt8])

        /// Nil for what cannot be a key.
        init?(_ value: Value) {
            switch value {
            case .none: self = .none
            case .bool, .integer: self = .integer(value.integer ?? 0)
            case .float(let float): self = Int128(exactly: float).map(Key.integer) ?? .float(float)
            case .text(let text), .markup(let text): self = .text(Array(text.utf8))
            default: return nil
            }
        }
    }

    private(set) var entries: [(key: Value, value: Value)] = []
    private var places: [Key: Int] = [:]
    private(set) var depth = 1

    init() {}

    /// A later value of a key takes the place of an earlier one.
    mutating func set(_ key: Key, _ name: Value, to value: Value) {
        depth = max(depth, 1 + value.depth)
        if let place = places[key] {
            entries[place].value = value
        } else {
            places[key] = entries.count
            entries.append((name, value))
        }
    }

    mutating func set(_ name: String, to value: Value) {
        set(.text(Array(name.utf8)), .text(name), to: value)
    }

    subscript(key: Key) -> Value? {
        places[key].map { entries[$0].value }
    }

    subscript(name: String) -> Value? {
        self[.text(Array(name.utf8))]
    }
}
