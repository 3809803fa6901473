public import JSON

/// By whom an image is fetched from a registry that does not give it to everybody.
public struct RegistryCredentials: Sendable, Hashable {
    /// In a deployment it may name a variable or a block.
    public var username: String
    /// In a deployment it names a secret or a field of a block: `{{ secrets.registry }}`. Of an attempt it is the password.
    public var password: String

    public init(username: String, password: String) {
        self.username = username
        self.password = password
    }

    /// Whether the password is kept where secrets are, and only named here.
    public var namesSecret: Bool {
        let references = PlaceholderText(password).references
        return !references.isEmpty && references.allSatisfy { [.secrets, .blocks].contains($0.source) }
    }

    /// Why a password is not taken that is written down in a deployment.
    public static let exposure =
        "the password of a registry would be stored and shown with the deployment: keep it with 'sluice secret set NAME', "
        + "and name it as password: \"{{ secrets.NAME }}\""
}

extension RegistryCredentials: JSONEncodable, JSONReadable {
    public var json: JSONValue { ["username": .string(username), "password": .string(password)] }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init(username: try reader.required("username").string, password: try reader.required("password").string)
    }
}

extension ExecutionSpec {
    /// The same with what the placeholders in its registry's credentials stand for.
    public func withCredentials(in scope: TemplateScope) throws(UnresolvedReference) -> ExecutionSpec {
        guard let registry = container?.registry else { return self }
        var spec = self
        spec.container?.registry = RegistryCredentials(
            username: try PlaceholderText(registry.username).render(in: scope),
            password: try PlaceholderText(registry.password).render(in: scope))
        return spec
    }
}
