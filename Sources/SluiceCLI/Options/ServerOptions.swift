import APIClient
import ArgumentParser
import Domain

/// Which server, and whether a program reads the answer: what every command takes.
struct ServerOptions: ParsableArguments {
    static let standardURL = "http://127.0.0.1:4200/api"

    @Option(
        help: ArgumentHelp(
            "The server's API; default: SLUICE_API_URL, PREFECT_API_URL, or \(standardURL).", valueName: "url"))
    var api: String?

    @Flag(help: "Print JSON, and nothing else, to the standard output.")
    var json = false

    func connection() -> APIConnection {
        let surroundings = Surroundings.current
        let url = api ?? surroundings.variable("SLUICE_API_URL") ?? surroundings.variable("PREFECT_API_URL")
        return APIConnection(
            url: url ?? Self.standardURL, userAgent: "sluice/\(Release.version)", authString: Self.authString)
    }

    /// The server's auth string. It is no option: everybody on a host can read its programs' arguments.
    private static var authString: String? {
        let surroundings = Surroundings.current
        return surroundings.variable("SLUICE_API_AUTH_STRING") ?? surroundings.variable("PREFECT_API_AUTH_STRING")
    }
}
