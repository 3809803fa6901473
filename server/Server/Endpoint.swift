import ArgumentParser

/// `HOST:PORT`, where something listens.
struct Endpoint: ExpressibleByArgument, CustomStringConvertible {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":") else { return nil }
        let host = argument[..<colon]
        guard !host.isEmpty, let port = Int(argument[argument.index(after: colon)...]), (0...65_535).contains(port)
        else { return nil }
        self.init(host: String(host), port: port)
    }

    var description: String { "\(host):\(port)" }
    var defaultValueDescription: String { description }

    /// Whether only this machine can reach it.
    var isLoopback: Bool { host == "localhost" || host.hasPrefix("127.") }

    /// The address that a client on this machine would use.
    var connectable: Endpoint { host == "0.0.0.0" ? Endpoint(host: "127.0.0.1", port: port) : self }
}
