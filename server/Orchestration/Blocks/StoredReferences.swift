import Domain
import JSON
import Storage

/// What deployments refer to that this server keeps, variables and blocks, and which secrets were given out for it.
final class StoredReferences: JobReferences {
    private let store: Store
    private let vault: Vault
    /// The texts that are not to be shown where the run's output is.
    private(set) var secrets: Set<String> = []

    init(_ store: Store, _ vault: Vault) {
        self.store = store
        self.vault = vault
    }

    func variable(named name: String) throws -> JSONValue? { try store.variable(named: name)?.value }

    func block(named name: String, type: String) throws -> JSONObject? {
        guard let type = try store.blockType(slug: type) else { return nil }
        return try data(of: try store.blockDocument(named: name, of: type.id))
    }

    func block(id: String) throws -> JSONObject? {
        try data(of: try ID<BlockDocument>(id).flatMap { try store.blockDocument($0) })
    }

    /// What a placeholder of one of Sluice's own deployments stands for.
    ///
    /// - Throws: `UnresolvedReference`, and `SecretFailure` for a block that cannot be opened.
    func value(of reference: TemplateReference) throws -> JSONValue {
        let (path, rest) = (reference.path, reference.path.dropFirst())
        let value: JSONValue? =
            switch reference.source {
            case .parameters: nil
            case .variables: try variable(named: path[0])?.member(at: rest)
            case .secrets: try block(named: path[0], type: SystemBlock.secretSlug)?["value"]?.member(at: rest)
            case .blocks:
                try block(named: path[1], type: path[0]).flatMap { JSONValue.object($0).member(at: path.dropFirst(2)) }
            }
        guard let value else { throw UnresolvedReference(reference) }
        return value
    }

    private func data(of document: BlockDocument?) throws -> JSONObject? {
        guard let document else { return nil }
        var describer = BlockDescriber(store, vault)
        let shown = try describer.describe(document, revealing: true).data
        noteSecrets(in: .object(shown), hiddenAs: .object(try describer.describe(document, revealing: false).data))
        return shown
    }

    private func noteSecrets(in shown: JSONValue, hiddenAs hidden: JSONValue) {
        if case .object(let members) = shown, let others = hidden.objectValue {
            for (name, value) in members { noteSecrets(in: value, hiddenAs: others[name] ?? .null) }
        } else if hidden == SecretFields.mask, shown != hidden {
            secrets.insert(shown.textInCommands)
        }
    }
}
