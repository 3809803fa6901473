import ArgumentParser
import Glibc

/// `sluice server start`, or `sluice server` for short: becomes the program `sluice-server` with the same arguments.
struct StartServer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start the server, or back up, restore and check its data; 'start' may be left out.",
        discussion: """
            Executes sluice-server, which is looked for beside this program and on the PATH, with the arguments that \
            stand behind it. It works on the data directory itself, not on a server's API.

            EXAMPLES
              sluice server start --data /var/lib/sluice
              sluice server backup /backups/monday.sluice --data /var/lib/sluice
              sluice server restore /backups/monday.sluice --data /var/lib/sluice
              sluice server check --data /var/lib/sluice
              sluice server backup --help
            """)

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("backup, restore, check, or nothing, and their options.", valueName: "argument"))
    var arguments: [String] = []

    func run() throws {
        let path = try DevFiles(surroundings: .current).program("sluice-server")
        // What this program ignores, that one is not to.
        signal(SIGPIPE, SIG_DFL)
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        execv(path, &words)
        throw CommandFailure.failed("cannot start \(path): \(String(cString: strerror(errno)))")
    }
}
