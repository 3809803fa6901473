/// A registry does not give an image to whoever asked for it: who that was, and what would help.
public struct PullRefusal: Sendable, Hashable, CustomStringConvertible {
    let image: String
    let registry: String
    let login: RegistryLogin?
    /// A program that may know a login, and that nobody asks.
    let helper: String?
    let reason: String

    /// Whether it is a refusal, by the words that registries and engines have for it.
    static func isMeant(by reason: String) -> Bool {
        let words = ["unauthorized", "authentication required", "denied", "basic auth credentials", "invalid username"]
        let text = reason.lowercased()
        return words.contains { text.contains($0) }
    }

    public var description: String {
        switch login?.source {
        case .deployment?:
            "the registry \(registry) refused \(login?.username ?? "") the image \(image): \(reason); correct the 'registry' "
                + "of the deployment's container, or the secret that it names"
        case .file(let path)?:
            "the registry \(registry) refused \(login?.username ?? "") the image \(image): \(reason); correct the entry of "
                + "\(registry) in \(path)"
        case nil:
            "the registry \(registry) gives the image \(image) only to those whom it knows: \(reason); name a user in the "
                + "'registry' of the deployment's container, or start the agent with --registry-auth\(unasked)"
        }
    }

    private var unasked: String {
        helper.map { ", in a file that has the login itself: \($0), which it names, is not asked" } ?? ""
    }
}
