/// What an expression of a template is worth: Python's values, as far as JSON has them, and what templates add.
enum Value: Sendable {
    /// What is not there, and why. It prints as nothing, and so does all that is looked up in it.
    case undefined(String)
    case none
    case bool(Bool)
    case integer(Int128)
    case float(Double)
    case text(String)
    /// Text that needs no escaping.
    case markup(String)
    case list(Elements)
    case tuple(Elements)
    case mapping(Mapping)
    case loop(LoopState)
    /// What `namespace()` made, by its number.
    case namespace(Int)
    indirect case method(Value, String)
    case function(String)

    /// The deepest that lists and mappings may hold each other, since what walks them recurses.
    static let greatestDepth = 140
}

/// The elements of a list or of a tuple.
struct Elements: Sendable {
    let values: [Value]
    /// How deep the elements nest; 1 if none of them holds any itself.
    let depth: Int

    init(_ values: [Value]) {
        self.values = values
        depth = 1 + (values.lazy.map(\.depth).max() ?? 0)
    }
}

/// Where a loop is.
struct LoopState: Sendable {
    let elements: Elements
    let index: Int
}

extension Value {
    static func list(_ values: [Value]) -> Value { .list(Elements(values)) }
    static func tuple(_ values: [Value]) -> Value { .tuple(Elements(values)) }

    var depth: Int {
        switch self {
        case .list(let elements), .tuple(let elements): elements.depth
        case .mapping(let mapping): mapping.depth
        case .loop(let loop): 1 + loop.elements.depth
        case .method(let owner, _): 1 + owner.depth
        default: 0
        }
    }

    /// What it counts for in a condition.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let bool): bool
        case .integer(let integer): integer != 0
        case .float(let float): float != 0
        case .text(let text), .markup(let text): !text.isEmpty
        case .list(let elements), .tuple(let elements): !elements.values.isEmpty
        case .mapping(let mapping): !mapping.entries.isEmpty
        case .loop, .namespace, .method, .function: true
        }
    }

    var isUndefined: Bool {
        if case .undefined = self { true } else { false }
    }

    /// The whole number that it is; truth counts as one, as in Python.
    var integer: Int128? {
        switch self {
        case .bool(let bool): bool ? 1 : 0
        case .integer(let integer): integer
        default: nil
        }
    }

    var double: Double? {
        if case .float(let float) = self { return float }
        return integer.map { Double($0) }
    }

    var string: String? {
        switch self {
        case .text(let text), .markup(let text): text
        default: nil
        }
    }

    var isMarkup: Bool {
        if case .markup = self { true } else { false }
    }

    var elements: [Value]? {
        switch self {
        case .list(let elements), .tuple(let elements): elements.values
        default: nil
        }
    }

    /// What Python calls its type.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .integer: "int"
        case .float: "float"
        case .text: "str"
        case .markup: "Markup"
        case .list: "list"
        case .tuple: "tuple"
        case .mapping: "dict"
        case .loop: "LoopContext"
        case .namespace: "Namespace"
        case .method: "method"
        case .function: "function"
        }
    }
}
