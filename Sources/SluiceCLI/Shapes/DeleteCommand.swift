import APIClient
import ArgumentParser
import JSON

/// Something that is to be deleted, and what goes with it.
struct Doomed {
    /// For instance `the deployment 'etl/daily'`.
    let what: String
    /// What is lost with it, what is stopped by it, and what stays; a sentence each.
    let consequences: [String]
    let json: JSONValue
    let delete: @Sendable () async throws -> Void
}

/// A command that deletes something, once it has said what that takes along and somebody has agreed.
protocol DeleteCommand: AsyncParsableCommand {
    var consent: Consent { get }
    var server: ServerOptions { get }

    func doomed(_ connection: APIConnection) async throws -> Doomed
}

extension DeleteCommand {
    func run() async throws {
        let console = Surroundings.current.console
        let doomed = try await doomed(server.connection())
        try consent.obtain(for: doomed)
        try await doomed.delete()
        let json: JSONValue = ["deleted": doomed.json]
        let name = doomed.what.prefix(1).uppercased() + doomed.what.dropFirst()
        try console.print(server.json ? json.serialized() : "\(name) is deleted.")
    }
}

/// Whether somebody agrees to what cannot be undone.
struct Consent: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    /// - Throws: `CommandFailure` when nobody agrees, or nobody can be asked.
    func obtain(for doomed: Doomed) throws {
        guard !yes else { return }
        let surroundings = Surroundings.current
        let warning = ([doomed.what] + doomed.consequences.map { "  \($0)" }).joined(separator: "\n")
        guard let ask = surroundings.ask else {
            throw CommandFailure.usage(
                "nothing is deleted without a terminal to ask at, or --yes. This would delete \(warning)")
        }
        surroundings.console.note("This deletes \(warning)")
        let answer = ask("Go on? [y/N] ").lowercased()
        guard ["y", "yes"].contains(answer) else { throw CommandFailure.failed("nothing was deleted") }
    }
}
