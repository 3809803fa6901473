/// What git says when it fails, with what would help.
struct GitComplaint: CustomStringConvertible {
    private let lines: String
    private let hasToken: Bool

    init(_ lines: String, hasToken: Bool) {
        self.lines = lines
        self.hasToken = hasToken
    }

    /// What git does not find by its name: then others may have it.
    static func isOfMissingObject(_ text: String) -> Bool {
        ["unadvertised object", "not our ref", "dumb http", "shallow"].contains { text.contains($0) }
    }

    var description: String {
        let said = lines.isEmpty ? "git exited and said nothing" : "git said: \(lines)"
        return remedy.map { "\($0) \(said)" } ?? said
    }

    private var remedy: String? {
        let text = lines.lowercased()
        func says(_ parts: String...) -> Bool { parts.contains { text.contains($0) } }
        if says("authentication failed", "error: 401", "error: 403", "could not read username", "access denied") {
            return hasToken
                ? "the repository refuses the token: store one that may read it ('sluice secret set NAME')."
                : "the repository wants to know who reads it: give the code a 'token' (\"{{ secrets.NAME }}\")."
        }
        if says("permission denied (publickey", "host key verification failed") {
            return "ssh was refused: the agent's user wants a key that may read it, and the host in its known_hosts."
        }
        if says("could not resolve", "failed to connect", "connection refused", "connection timed out", "no route") {
            return "the host cannot be reached from that of the agent: see to its name, its port and the network."
        }
        if says("not allowed") { return "only https, http, ssh and file are spoken." }
        if says("not found", "does not appear to be a git repository", "error: 404", "not a git repository") {
            return "there is no such repository, or only whoever has a token sees it: see to the 'url'."
        }
        return nil
    }
}
