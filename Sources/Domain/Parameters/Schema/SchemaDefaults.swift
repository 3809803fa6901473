import JSON

/// Fills in what a value lacks and its schema gives a default for.
struct SchemaDefaults {
    private let schema: CompiledSchema
    /// Nodes that may still be visited, so that references in circles come to an end.
    private var visits = 100_000

    private static let deepest = 128

    init(schema: CompiledSchema) {
        self.schema = schema
    }

    mutating func completing(_ value: JSONValue) -> JSONValue {
        completing(value, by: 0, depth: 0)
    }

    private mutating func completing(_ value: JSONValue, by number: Int, depth: Int) -> JSONValue {
        guard var object = value.objectValue, depth < Self.deepest, visits > 0 else { return value }
        visits -= 1
        for keyword in schema.nodes[number].keywords {
            switch keyword.rule {
            case .logic(.reference(let node)):
                object = completing(.object(object), by: node, depth: depth + 1).objectValue ?? object
            case .logic(.allOf(let nodes)):
                for node in nodes {
                    object = completing(.object(object), by: node, depth: depth + 1).objectValue ?? object
                }
            case .object(.properties(let properties)):
                for (name, node) in properties {
                    guard let member = object[name] ?? defaultValue(of: node, depth: depth) else { continue }
                    object[name] = completing(member, by: node, depth: depth + 1)
                }
            default:
                break
            }
        }
        return .object(object)
    }

    /// The default of a node itself, or else of what it refers to.
    private mutating func defaultValue(of number: Int, depth: Int) -> JSONValue? {
        guard depth < Self.deepest, visits > 0 else { return nil }
        visits -= 1
        let node = schema.nodes[number]
        if let value = node.defaultValue { return value }
        for keyword in node.keywords {
            let targets: [Int] =
                switch keyword.rule {
                case .logic(.reference(let node)): [node]
                case .logic(.allOf(let nodes)): nodes
                default: []
                }
            for target in targets {
                if let value = defaultValue(of: target, depth: depth + 1) { return value }
            }
        }
        return nil
    }
}
