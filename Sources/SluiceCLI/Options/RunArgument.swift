import APIClient
import ArgumentParser

extension APIConnection {
    /// The run that somebody means by an id, the beginning of one, or a name.
    func run(meant text: String) async throws -> RunResource {
        do {
            return try await findRun(text)
        } catch {
            guard error.isNotFound else { throw error }
            throw CommandFailure.failed("there is no run '\(text)'; 'sluice ps' lists the newest ones")
        }
    }
}

extension ArgumentHelp {
    static var run: ArgumentHelp {
        ArgumentHelp("A run's id, an unambiguous beginning of it, or its name.", valueName: "run")
    }
}
