import APIClient
import ArgumentParser
import JSON

/// What people pause and resume, as they name it.
protocol PausableArgument: ParsableArguments {
    /// Pauses it, or lets it go on.
    func pause(_ isPaused: Bool, on connection: APIConnection) async throws -> Paused
}

/// What was paused, or goes on.
struct Paused {
    /// For instance `The pool 'default'`.
    let what: String
    /// What it is when it is not paused.
    var open = "open"
    /// All of it, asked for only if a program wants to know.
    let json: @Sendable () async throws -> JSONValue
}

extension PausableArgument {
    /// Pauses it or lets it go on, and says so: a sentence to people, the thing itself to programs.
    func setPaused(_ isPaused: Bool, _ server: ServerOptions) async throws {
        let console = Surroundings.current.console
        let changed = try await pause(isPaused, on: server.connection())
        if server.json { return try console.print(try await changed.json().serialized()) }
        try console.print("\(changed.what) is \(isPaused ? "paused" : changed.open).")
    }
}
