/// The name of an image, as `docker pull` takes it.
struct ImageName: Sendable, Hashable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// With a tag: without one the engine would fetch all that there are.
    var tagged: String {
        let hasTag = text.contains("@") || text.split(separator: "/").last?.contains(":") == true
        return hasTag ? text : text + ":latest"
    }

    /// `HOST[:PORT]` of the registry that it comes from.
    var registry: String {
        guard let slash = text.firstIndex(of: "/") else { return Self.dockerHub }
        let first = text[..<slash]
        // As Docker tells a host from the first part of a name.
        let isHost = first.contains(".") || first.contains(":") || first == "localhost"
        return isHost ? String(first) : Self.dockerHub
    }

    /// Where it is in its registry, without tag and digest.
    var repository: String {
        let isOnHub = registry == Self.dockerHub && !text.hasPrefix("\(Self.dockerHub)/")
        let path = isOnHub ? text[...] : text.drop { $0 != "/" }.dropFirst()
        let untagged = path.prefix { $0 != "@" }
        guard let colon = untagged.lastIndex(of: ":"), !untagged[colon...].contains("/") else {
            return String(untagged)
        }
        return String(untagged[..<colon])
    }

    static let dockerHub = "docker.io"
}
