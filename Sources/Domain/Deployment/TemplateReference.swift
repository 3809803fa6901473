public import JSON

/// What a placeholder in a deployment's command or environment names.
public struct TemplateReference: Sendable, Hashable, CustomStringConvertible {
    /// Where its value comes from.
    public enum Source: String, Sendable, Hashable {
        /// The run's parameters.
        case parameters
        /// A variable that the server keeps, or a part of its value.
        case variables
        /// What a block of the type `secret` holds.
        case secrets
        /// A field of a block: `blocks.TYPE.NAME.FIELD`.
        case blocks

        /// How many names have to follow, at least.
        var leastNames: Int { self == .blocks ? 3 : 1 }
    }

    public let source: Source
    /// The names that follow the source's; never empty.
    public let path: [String]

    public init(_ source: Source, _ path: [String]) {
        self.source = source
        self.path = path
    }

    /// The names, as they are written.
    public var joinedPath: String { path.joined(separator: ".") }

    public var description: String { "{{ \(source.rawValue).\(joinedPath) }}" }

    /// Why a secret does not belong among arguments.
    public var exposure: String {
        "\(self) among the arguments of a command would be seen by everybody on its host: put it into 'env', and have the "
            + "program read it there"
    }
}

/// What placeholders stand for, when an attempt begins.
public struct TemplateScope: Sendable {
    private let parameters: JSONObject
    /// What was looked up beforehand.
    private let stored: [TemplateReference: JSONValue]

    public init(parameters: JSONObject, stored: [TemplateReference: JSONValue] = [:]) {
        self.parameters = parameters
        self.stored = stored
    }

    /// Strings as they are, everything else as JSON, null as nothing.
    func text(of reference: TemplateReference) throws(UnresolvedReference) -> String {
        let value =
            reference.source == .parameters
            ? JSONValue.object(parameters).member(at: reference.path) : stored[reference]
        guard let value else { throw UnresolvedReference(reference) }
        return value.textInCommands
    }
}

extension JSONValue {
    /// What is reached by these names, one in the other; the value itself for none.
    public func member(at path: some Sequence<String>) -> JSONValue? {
        var value = self
        for name in path {
            guard let member = value[name] else { return nil }
            value = member
        }
        return value
    }

    /// Strings as they are, everything else as JSON, null as nothing.
    public var textInCommands: String {
        switch self {
        case .string(let text): text
        case .null: ""
        default: serialized()
        }
    }
}

/// A placeholder for which there is no value.
public struct UnresolvedReference: Error, Sendable, Hashable, CustomStringConvertible {
    public let reference: TemplateReference

    public init(_ reference: TemplateReference) { self.reference = reference }

    public var description: String {
        let (path, name) = (reference.joinedPath, reference.path.first ?? "")
        return switch reference.source {
        case .parameters:
            "the command uses \(reference), but the run has no such parameter: pass -p \(path)=VALUE, "
                + "or give it a default"
        case .variables:
            "the deployment uses \(reference), and there is no such variable, or no such part of it: "
                + "'sluice variable set \(name) VALUE' makes it"
        case .secrets:
            "the deployment uses \(reference), and there is no such secret: 'sluice secret set \(name)' makes it, "
                + "from what it reads on its standard input"
        case .blocks: "the deployment uses \(reference), and there is no such block, or it has no such field"
        }
    }
}

extension ExecutionSpec {
    /// What its command, its environment and its registry's credentials name that the server keeps.
    public var storedReferences: Set<TemplateReference> {
        // Most name nothing, and are not taken apart once more for each run.
        var texts = (command.texts + environment.values).filter { $0.utf8.contains(UInt8(ascii: "{")) }
        if let registry = container?.registry { texts += [registry.username, registry.password] }
        return Set(texts.flatMap { PlaceholderText($0).references }.filter { $0.source != .parameters })
    }
}
