import ArgumentParser

/// `HOST:PORT`
struct DevEndpoint: ExpressibleByArgument, Equatable, CustomStringConvertible {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// A port of 0 is refused: what nobody knows nobody can connect to.
    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            (1...65535).contains(port), colon != argument.startIndex
        else { return nil }
        self.init(host: String(argument[..<colon]), port: port)
    }

    var description: String { "\(host):\(port)" }
}

/// Finds the files that belong to a development server.
struct DevFiles {
    let surroundings: Surroundings

    /// - Throws: `CommandFailure` if the program is neither beside this one nor on the PATH.
    func program(_ name: String) throws -> String {
        let path = surroundings.variable("PATH")?.split(separator: ":").map(String.init) ?? []
        let folders = [surroundings.programFolder].compactMap { $0 } + path
        for folder in folders where FileSystem.isExecutable("\(folder)/\(name)") { return "\(folder)/\(name)" }
        throw CommandFailure.failed(
            "there is no \(name), neither beside this program (\(surroundings.programFolder ?? "?")) nor on the PATH; "
                + "'make build' or 'make install' puts it there")
    }

    /// `sluice/dev` in the user's state directory (XDG Base Directory Specification).
    var standardData: String {
        let state =
            surroundings.variable("XDG_STATE_HOME")
            ?? "\(surroundings.variable("HOME") ?? "/tmp")/.local/state"
        return "\(state)/sluice/dev"
    }

    /// The folders of the samples that can be run as they are.
    var samples: [String] {
        let installed = surroundings.programFolder.map { ["\($0)/../share/sluice/deployments"] } ?? []
        let here = surroundings.workingFolder
        guard
            let root = (installed + ["\(here)/deployments"]).first(where: {
                FileSystem.exists("\($0)/shell/sluice.yaml")
            })
        else { return [] }
        // The flights need their data, which 'make demo' fetches.
        let names = ["shell", "flaky"] + (FileSystem.exists("\(here)/data/flights.csv.zip") ? ["flights"] : [])
        return names.map { "\(root)/\($0)" }.filter { FileSystem.exists("\($0)/sluice.yaml") }
    }
}
