import Glibc
import JSON
import TestSupport
import Testing

/// Several hosts: network namespaces of this machine, joined by a bridge of the test's own.
@Suite(.timeLimit(.minutes(5)), .serialized) struct HostsTests {
    /// Namespaces need the right to make them.
    private static var canMakeHosts: Bool { geteuid() == 0 && access("/usr/sbin/ip", X_OK) == 0 }

    /// A server's host and two agents' hosts, each in a namespace of its own.
    private final class Network {
        let id = getpid() % 10_000
        var server: String { "sl\(id)s" }
        func agent(_ number: Int) -> String { "sl\(id)a\(number)" }

        init() throws {
            try ip("netns add \(server)", "-n \(server) link add br0 type bridge", "-n \(server) link set br0 up")
            try ip("-n \(server) addr add 10.99.0.1/24 dev br0", "-n \(server) link set lo up")
            for number in 1...2 {
                let (namespace, link) = (agent(number), "sl\(id)v\(number)")
                try ip("netns add \(namespace)", "-n \(namespace) link set lo up")
                try ip("link add \(link) netns \(server) type veth peer name eth0 netns \(namespace)")
                try ip("-n \(server) link set \(link) master br0 up")
                try ip(
                    "-n \(namespace) addr add 10.99.0.\(10 + number)/24 dev eth0", "-n \(namespace) link set eth0 up")
            }
        }

        deinit { for name in [server, agent(1), agent(2)] { _ = system("ip netns del \(name) 2>/dev/null") } }

        private func ip(_ commands: String...) throws {
            for command in commands { try #require(system("/usr/sbin/ip \(command)") == 0, "ip \(command)") }
        }
    }

    /// The CLI on the server's host.
    private func sluice(
        _ place: Installation, _ network: Network, _ arguments: String...
    ) async throws -> (status: Int32, text: String) {
        let program = try Program(
            "sluice", arguments, in: place.sandbox, environment: ["SLUICE_API_URL": "http://\(place.http)/api"],
            namespace: network.server)
        let status = try await program.wait(atMost: .seconds(120))
        return (status, program.output + program.errors)
    }

    private static let code = [
        "sluice.yaml": "flow: sample\nname: shipped\ncommand: [sh, show.sh]\nparameters: {n: integer}\n",
        "show.sh": """
        echo from $SLUICE_AGENT_NAME: $(cat payload.txt)
        curl -s -m 5 $SLUICE_API_URL/health
        sleep 0.5
        """,
        "payload.txt": "the payload",
    ]

    @Test(.enabled(if: canMakeHosts, "network namespaces need root"))
    func twoHostsShareAQueueAndTheBundleReachesBoth() async throws {
        let network = try Network()
        let place = try Installation(host: "10.99.0.1")
        _ = try await place.startServer(["--insecure"], namespace: network.server)
        for number in 1...2 {
            _ = try place.startAgent(
                "host\(number)", slots: 2, ["--label", "rack=\(number)"], namespace: network.agent(number))
        }
        _ = try await eventually("both agents") {
            let text = try await sluice(place, network, "agent", "ls", "--json").text
            return text.contains("host1") && text.contains("host2") ? true : nil
        }
        let folder = try place.sandbox.folder("code", Self.code)
        let deployed = try await sluice(place, network, "deploy", folder)
        #expect(deployed.status == 0, "\(deployed.text)")
        let batch = try await sluice(place, network, "batch", "sample/shipped", "--grid", "n=1..8", "--follow")
        #expect(batch.status == 0, "\(batch.text)")
        let runs = try JSONValue(parsing: try await sluice(place, network, "ps", "--all", "--json").text).arrayValue
        #expect(runs?.count == 8)
        var seen = Set<String>()
        for run in runs ?? [] {
            let text = try await sluice(place, network, "logs", try #require(run["id"]?.stringValue)).text
            #expect(text.contains("the payload"))
            #expect(text.contains("true"), "the flow's host reaches the API")
            for host in ["host1", "host2"] where text.contains("from \(host)") { seen.insert(host) }
        }
        #expect(seen == ["host1", "host2"])
    }
}
