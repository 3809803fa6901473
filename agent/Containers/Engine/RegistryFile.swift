import JSON

/// A file with logins at registries, as `docker login` and `podman login` write it (`config.json`, `auth.json`).
///
/// What programs know that the file names (`credsStore`, `credHelpers`) is not asked for: a login of the kind has to be
/// written down with the others.
public struct RegistryFile: Sendable, Hashable {
    public let path: String
    private let logins: [String: RegistryLogin]
    /// The registries whose logins a program knows; `*` for all others.
    private let helpers: [String: String]

    /// - Throws: `EngineError.registryFile` for what cannot be read.
    public init(_ path: String) throws(EngineError) {
        guard let bytes = SmallFile.read(path) else { throw .registryFile(path, "it cannot be read") }
        guard let value = try? JSONValue(parsing: bytes), value.objectValue != nil else {
            throw .registryFile(path, "it is no JSON object")
        }
        self.path = path
        var logins: [String: RegistryLogin] = [:]
        for (name, entry) in value["auths"]?.objectValue ?? [:] {
            // Docker leaves empty ones where a helper knows the login.
            guard let login = try Self.login(entry, of: name, in: path) else { continue }
            logins[Self.place(name)] = login
        }
        var helpers = Dictionary(
            (value["credHelpers"]?.objectValue ?? [:]).map { (Self.place($0.key), $0.value.stringValue ?? "") }
        ) { first, _ in first }
        if let store = value["credsStore"]?.stringValue, !store.isEmpty { helpers["*"] = store }
        (self.logins, self.helpers) = (logins, helpers)
    }

    /// Programs that know logins and are not asked, for people.
    public var unaskedHelpers: [String] { Set(helpers.values).sorted().map { "docker-credential-\($0)" } }

    /// The program that knows the login for an image; nothing where none is named.
    func helper(for image: ImageName) -> String? {
        (helpers[image.registry] ?? helpers["*"]).map { "docker-credential-\($0)" }
    }

    /// Who fetches this image: of entries for parts of a registry, which Podman writes, the longest that holds it.
    func login(for image: ImageName) -> RegistryLogin? {
        var place = "\(image.registry)/\(image.repository)"[...]
        while true {
            if let login = logins[String(place)] { return login }
            guard let slash = place.lastIndex(of: "/") else { return nil }
            place = place[..<slash]
        }
    }

    private static func login(
        _ entry: JSONValue, of name: String, in path: String
    ) throws(EngineError) -> RegistryLogin? {
        let token = entry["identitytoken"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        var (username, password) = (entry["username"]?.stringValue ?? "", entry["password"]?.stringValue ?? "")
        if let encoded = entry["auth"]?.stringValue, !encoded.isEmpty {
            guard let bytes = Radix64.decoded(encoded), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
                throw .registryFile(path, "the entry \(name) is no base64 of USER:PASSWORD")
            }
            username = String(decoding: bytes[..<colon], as: UTF8.self)
            password = String(decoding: bytes[(colon + 1)...].filter { $0 != 0 }, as: UTF8.self)
        }
        guard token != nil || !username.isEmpty else { return nil }
        return RegistryLogin(username: username, password: password, identityToken: token, source: .file(path))
    }

    /// `https://index.docker.io/v1/` is what Docker calls its own registry; of others only old files give a whole address.
    private static func place(_ name: String) -> String {
        var rest = name[...]
        let isAddress = rest.contains("://")
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        if isAddress { for version in ["/v1", "/v2"] where rest.hasSuffix(version) { rest = rest.dropLast(3) } }
        let isHub = ["index.docker.io", "index.docker.io/v1", "registry-1.docker.io"].contains(rest)
        return isHub ? ImageName.dockerHub : String(rest)
    }
}
