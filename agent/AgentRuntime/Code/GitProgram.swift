import Domain

/// The program `git`, such that nobody is asked anything, nothing of the host's configuration counts, and nothing that a
/// repository holds is executed.
struct GitProgram: Sendable {
    private static let patience: Duration = .seconds(1800)

    let tools: ToolRunner
    private let environment: [String: String]

    /// - Parameter environment: the agent's own, of which git's variables are left out.
    init(tools: ToolRunner, environment: [String: String]) {
        self.tools = tools
        self.environment = environment.filter { !$0.key.hasPrefix("GIT_") && $0.key != "SSH_ASKPASS" }
    }

    /// Executes git to its end.
    ///
    /// - Parameters:
    ///   - credential: what a server is shown that asks who is there; it is neither an argument nor in a file.
    ///   - timeout: after which it is ended.
    /// - Returns: its last lines, of both streams.
    /// - Throws: what it said.
    func run(
        _ arguments: [String], as purpose: String, for address: String, showing credential: GitCredential? = nil,
        in folder: CodeScratch, timeout: Duration = patience
    ) async throws -> String {
        let outcome = await tools.run(
            "\(folder.name)-\(purpose)", ["git"] + arguments, environment: variables(folder, credential),
            in: folder.path, timeout: timeout)
        guard !outcome.hasSucceeded else { return outcome.lastLines }
        switch outcome.end.cause {
        case .exited: throw CodeFailure(GitComplaint(outcome.lastLines, hasToken: credential != nil).description)
        case .timedOut:
            throw CodeFailure(
                "git had no answer from \(address) within \(DurationText.describe(timeout)); see whether the agent's host "
                    + "reaches it")
        default: throw CodeFailure(outcome.end.message ?? "git was ended")
        }
    }

    private func variables(_ folder: CodeScratch, _ credential: GitCredential?) -> [String: String] {
        var variables = environment
        variables["LC_ALL"] = "C"
        // Neither a configuration nor a .netrc of the user counts. ssh finds its keys by the user itself.
        variables["HOME"] = folder.path
        variables["GIT_CONFIG_NOSYSTEM"] = "1"
        variables["GIT_CONFIG_GLOBAL"] = "/dev/null"
        variables["GIT_CONFIG_SYSTEM"] = "/dev/null"
        variables["GIT_TERMINAL_PROMPT"] = "0"
        variables["GIT_ALLOW_PROTOCOL"] = "https:http:ssh:file"
        variables["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes -o ConnectTimeout=20"
        variables["GIT_LFS_SKIP_SMUDGE"] = "1"
        var settings = [
            ("core.hooksPath", "/dev/null"), ("core.attributesFile", "/dev/null"), ("core.fsmonitor", "false"),
            ("init.templateDir", ""), ("gc.auto", "0"), ("maintenance.auto", "false"), ("protocol.version", "2"),
            ("fetch.recurseSubmodules", "false"), ("http.lowSpeedLimit", "1000"), ("http.lowSpeedTime", "60"),
            ("tar.umask", "0022"),
        ]
        if let credential { settings.append(credential.setting) }
        variables["GIT_CONFIG_COUNT"] = String(settings.count)
        for (number, (name, value)) in settings.enumerated() {
            variables["GIT_CONFIG_KEY_\(number)"] = name
            variables["GIT_CONFIG_VALUE_\(number)"] = value
        }
        return variables
    }
}

/// A token for the server of one repository, and no other: a redirection does not take it along.
struct GitCredential: Sendable {
    /// The name and the value of git's configuration.
    let setting: (name: String, value: String)

    /// - Parameters:
    ///   - url: of the repository, `http` or `https`.
    ///   - user: most servers take any.
    init?(url: String, user: String?, token: String?) {
        guard let token, let separator = url.firstRange(of: "://") else { return nil }
        let authority = url[separator.upperBound...].prefix { $0 != "/" }
        let origin = url[..<separator.upperBound] + authority
        let pair = TokenText.base64(of: "\(user ?? "x-access-token"):\(token)".utf8)
        setting = ("http.\(origin)/.extraHeader", "Authorization: Basic \(pair)")
    }
}

enum TokenText {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// RFC 4648, with padding.
    static func base64(of bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let three = rest.prefix(3)
            rest = rest.dropFirst(3)
            let number = three.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - three.count))
            for place in 0..<4 {
                text.append(place <= three.count ? digits[number >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
