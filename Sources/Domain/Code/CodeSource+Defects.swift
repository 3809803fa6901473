extension CodeSource {
    /// What is wrong with a source, and which of its settings says so; none for what is missing.
    public struct Defect: Sendable, Hashable, CustomStringConvertible {
        public let setting: Setting?
        /// The cause, the value and the remedy.
        public let description: String
    }

    /// Everything that is wrong with it as a deployment states it: credentials are references then.
    public var defects: [Defect] {
        missing + surplus
            + Setting.allCases.compactMap { setting in
                settings[setting].flatMap { defect(of: setting, $0) }.map { Defect(setting: setting, description: $0) }
            }
    }

    /// What is wrong with what an agent was sent. Only the form is judged that could make a program do something else.
    public var defectsWhenRendered: [Defect] {
        Setting.allCases.filter { !$0.isCredential }.compactMap { setting in
            settings[setting].flatMap { defect(of: setting, $0) }.map { Defect(setting: setting, description: $0) }
        }
    }

    private var missing: [Defect] {
        var missing = kind.needed.filter { self[$0] == nil }.map { setting in
            Defect(setting: nil, description: "'\(kind.rawValue)' has no '\(setting.rawValue)', which it needs")
        }
        let isBucket = kind == .s3 || kind == .gcs
        if isBucket, !kind.alternatives.contains(where: { self[$0] != nil }) {
            let names = kind.alternatives.map { "'\($0.rawValue)'" }.joined(separator: " nor ")
            let message =
                "'\(kind.rawValue)' has neither \(names): name an object, or what the names of several begin with"
            missing.append(Defect(setting: nil, description: message))
        }
        for (one, other) in kind.pairs where (self[one] == nil) != (self[other] == nil) {
            let message = "'\(one.rawValue)' and '\(other.rawValue)' go together; give both, or neither"
            missing.append(Defect(setting: self[one] == nil ? other : one, description: message))
        }
        return missing
    }

    private var surplus: [Defect] {
        let given = kind.alternatives.filter { self[$0] != nil }
        guard given.count > 1, let last = given.last else { return [] }
        let names = given.map { "'\($0.rawValue)'" }.joined(separator: " and ")
        return [Defect(setting: last, description: "\(names) are alternatives; leave all but one out")]
    }

    private func defect(of setting: Setting, _ text: String) -> String? {
        if setting.isCredential { return credentialDefect(setting, text) }
        if text.isEmpty { return "'\(setting.rawValue)' is empty; leave it out, or give it a value" }
        if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
            return "'\(setting.rawValue)' holds a control character"
        }
        if text.contains("{{") {
            return "'\(setting.rawValue)' holds a placeholder; only credentials are filled in when an attempt begins"
        }
        switch setting {
        case .path where !text.hasPrefix("/"):
            return "'path' is a folder of the agent's host, an absolute path, not '\(text)'"
        case .url:
            return kind == .git ? GitAddress.defect(text, hasToken: self[.token] != nil) : WebAddress.defect(text)
        case .endpoint: return WebAddress.defect(text).map { "'endpoint': \($0)" }
        case .branch, .tag: return GitAddress.defect(ofName: text).map { "'\(setting.rawValue)' \($0)" }
        case .commit where !text.isHexadecimal(ofLength: 40) && !text.isHexadecimal(ofLength: 64):
            return "'commit' is the whole name of a commit, 40 lower-case hexadecimal digits, not '\(text)'; "
                + "'git rev-parse \(text)' says it"
        case .sha256 where !text.isHexadecimal(ofLength: 64):
            return "'sha256' is 64 lower-case hexadecimal digits, not '\(text)'; 'sha256sum FILE' says them"
        case .folder: return folderDefect(text)
        case .user where text.contains(":"): return "'user' holds a colon, which no user name has"
        default: return nil
        }
    }

    private func folderDefect(_ text: String) -> String? {
        let names = text.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = names.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard !isPlain || text.hasPrefix("-") else { return nil }
        return "'folder' is a folder in the code, such as flows/daily, not '\(text)'"
    }

    private func credentialDefect(_ setting: Setting, _ text: String) -> String? {
        let placeholder = PlaceholderText(text)
        let isReference = placeholder.references.count == 1 && placeholder.parts.count == 1
        if isReference, let source = placeholder.references.first?.source, source == .secrets || source == .blocks {
            return nil
        }
        return
            "'\(setting.rawValue)' is written down, where everybody reads it who reads the deployment; store it with "
            + "'sluice secret set NAME', and write \"{{ secrets.NAME }}\""
    }
}

/// URLs that an HTTP client is given.
enum WebAddress {
    static func defect(_ url: String) -> String? {
        guard let rest = rest(of: url, ["http", "https"]) else {
            return "an address begins with https:// or http://, not '\(url)'"
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if authority.contains("@") { return "an address holds no user and no password; write a 'token' beside it" }
        if authority.isEmpty || url.contains(" ") { return "'\(url)' is no address: it names no host, or has a blank" }
        return nil
    }

    /// What follows the scheme, if it is one of these.
    static func rest(of url: String, _ schemes: [String]) -> Substring? {
        for scheme in schemes where url.lowercased().hasPrefix(scheme + "://") {
            return url.dropFirst(scheme.count + 3)
        }
        return nil
    }
}

/// Where git finds a repository, and what it calls things there.
enum GitAddress {
    static let schemes = ["https", "http", "ssh", "file"]

    /// - Parameter hasToken: whether a token is to be shown there.
    static func defect(_ url: String, hasToken: Bool) -> String? {
        if WebAddress.rest(of: url, ["http", "https"]) != nil { return WebAddress.defect(url) }
        let remedy = "give https://…, ssh://…, git@HOST:PATH or file://…"
        if url.hasPrefix("-") || url.contains(" ") || url.contains("::") {
            return "'\(url)' is no address of a repository; \(remedy)"
        }
        if hasToken {
            return "a 'token' is for https:// and http://, not for '\(url)'; ssh has its keys on the agent's host"
        }
        if let rest = WebAddress.rest(of: url, ["file"]) {
            return rest.hasPrefix("/") ? nil : "'\(url)' is not an absolute path: write file:///PATH"
        }
        let shell = WebAddress.rest(of: url, ["ssh"])
        guard shell != nil || isShort(url) else { return "'\(url)' is no address of a repository; \(remedy)" }
        let authority = (shell ?? url[...]).prefix { $0 != "/" }
        let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
        let isSound = parts.count <= 2 && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix("-") }
        let hasPassword = parts.count == 2 && parts[0].contains(":")
        return isSound && !hasPassword ? nil : "'\(url)' is no address of a repository, or holds a password; \(remedy)"
    }

    /// `git@host:path`.
    private static func isShort(_ url: String) -> Bool {
        guard let colon = url.firstIndex(of: ":"), !url[colon...].hasPrefix("://") else { return false }
        let host = url[..<colon]
        return !host.isEmpty && !host.contains("/") && url.index(after: colon) < url.endIndex
    }

    /// What git itself refuses as the name of a branch or a tag (git-check-ref-format).
    static func defect(ofName name: String) -> String? {
        let forbidden = name.contains { " ~^:?*[\\".contains($0) } || name.contains("..") || name.contains("@{")
        let names = name.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = names.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
        guard forbidden || !isPlain || name.hasPrefix("-") || name.hasSuffix(".") || name == "@" else { return nil }
        return "is no name that git knows for one: '\(name)'"
    }
}

extension String {
    /// Lower-case digits only: one value has one spelling.
    fileprivate func isHexadecimal(ofLength length: Int) -> Bool {
        utf8.count == length && utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
