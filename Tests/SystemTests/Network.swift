import Glibc
import Testing

/// A server's host and agents' hosts: network namespaces of this machine, joined by a bridge of the test's own.
final class Network {
    /// Namespaces need the right to make them.
    static var canMakeHosts: Bool { geteuid() == 0 && access("/usr/sbin/ip", X_OK) == 0 }

    /// The server's address on the bridge.
    static let serverAddress = "10.99.0.1"

    private let id = getpid() % 10_000
    private let agents: Int
    var server: String { "sl\(id)s" }
    func agent(_ number: Int) -> String { "sl\(id)a\(number)" }
    private func link(_ number: Int) -> String { "sl\(id)v\(number)" }

    /// - Parameter agents: how many hosts there are besides the server's; they are counted from 1.
    init(agents: Int = 2) throws {
        self.agents = agents
        try ip("netns add \(server)", "-n \(server) link add br0 type bridge", "-n \(server) link set br0 up")
        try ip("-n \(server) addr add \(Self.serverAddress)/24 dev br0", "-n \(server) link set lo up")
        for number in 1...agents {
            let (namespace, link) = (agent(number), link(number))
            try ip("netns add \(namespace)", "-n \(namespace) link set lo up")
            try ip("link add \(link) netns \(server) type veth peer name eth0 netns \(namespace)")
            try ip("-n \(server) link set \(link) master br0 up")
            try ip("-n \(namespace) addr add 10.99.0.\(10 + number)/24 dev eth0", "-n \(namespace) link set eth0 up")
        }
    }

    deinit {
        for name in [server] + (1...agents).map({ agent($0) }) { _ = system("ip netns del \(name) 2>/dev/null") }
    }

    /// Nothing passes between the agent's host and the others any more.
    func cut(_ number: Int) throws { try ip("-n \(server) link set \(link(number)) down") }

    func mend(_ number: Int) throws { try ip("-n \(server) link set \(link(number)) up") }

    private func ip(_ commands: String...) throws {
        for command in commands { try #require(system("/usr/sbin/ip \(command)") == 0, "ip \(command)") }
    }
}
