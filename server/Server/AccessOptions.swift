import ArgumentParser
import Domain
import Glibc
import Orchestration
import Secrets

/// Who may call the API.
struct AccessOptions: ParsableArguments {
    /// Where the secret is found that has no place among arguments, which everybody on the host can read: in a variable
    /// of ours, or in that of Prefect's server.
    private static let variables = ["SLUICE_SERVER_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"]

    @Option(
        help: ArgumentHelp(
            """
            A file whose first line, USER:PASSWORD, everybody has to show who calls the API: Prefect's clients find it \
            in PREFECT_API_AUTH_STRING, 'sluice' in SLUICE_API_AUTH_STRING. Default: the variable \
            \(variables.joined(separator: " or ")). Without either everybody may call it.
            """, valueName: "file"))
    var authFile: String?

    @Flag(help: "Demand a token of each client that changes anything (CSRF protection), as Prefect's server can.")
    var csrfProtection = false

    @Option(help: ArgumentHelp("How long such a token is good.", valueName: "duration"))
    var csrfTokenLifetime = Patience(duration: .seconds(3600))

    /// Whether there is anything to show.
    var isGuarded: Bool { authFile != nil || Self.variable != nil }

    /// - Throws: `StartFailure` when there is to be an auth string, and what is given is none.
    func authString() throws(StartFailure) -> AuthString? {
        if let authFile {
            guard let authString = AuthString(try Self.firstLine(of: authFile)) else {
                throw StartFailure("--auth-file \(authFile): its first line is to be of the form USER:PASSWORD")
            }
            return authString
        }
        guard let text = Self.variable else { return nil }
        guard let authString = AuthString(text) else {
            throw StartFailure("\(Self.variables.joined(separator: " or ")) is to be of the form USER:PASSWORD")
        }
        return authString
    }

    func clientTokens(_ key: SecretKey) -> ClientTokens? {
        csrfProtection ? ClientTokens(key, lifetime: csrfTokenLifetime.duration) : nil
    }

    private static var variable: String? {
        variables.lazy.compactMap { getenv($0).map { String(cString: $0) } }.first { !$0.isEmpty }
    }

    private static func firstLine(of path: String) throws(StartFailure) -> String {
        guard let file = fopen(path, "re") else {
            throw StartFailure("--auth-file \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var size = 0
        defer { free(line) }
        guard getline(&line, &size, file) > 0, let line else { return "" }
        return String(cString: line).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }
}
