import Glibc
import JSON
import TestSupport
import Testing

/// Several hosts, and what becomes of their runs when one is cut off.
@Suite(.timeLimit(.minutes(5)), .serialized) struct HostsTests {
    private static let code = [
        "sluice.yaml": "flow: sample\nname: shipped\ncommand: [sh, show.sh]\nparameters: {n: integer}\n",
        "show.sh": """
        echo from $SLUICE_AGENT_NAME: $(cat payload.txt)
        curl -s -m 5 $SLUICE_API_URL/health
        sleep 0.5
        """,
        "payload.txt": "the payload",
    ]

    @Test(.enabled(if: Network.canMakeHosts, "network namespaces need root"))
    func twoHostsShareAQueueAndTheBundleReachesBoth() async throws {
        let network = try Network()
        let place = try Installation(host: Network.serverAddress, namespace: network.server)
        _ = try await place.startServer()
        for number in 1...2 {
            _ = try place.startAgent(
                "host\(number)", slots: 2, ["--label", "rack=\(number)"], namespace: network.agent(number))
        }
        _ = try await eventually("both agents") {
            let text = try await place.sluice("agent", "ls", "--json").output
            return text.contains("host1") && text.contains("host2") ? true : nil
        }
        let folder = try place.sandbox.folder("code", Self.code)
        let deployed = try await place.sluice("deploy", folder)
        #expect(deployed.status == 0, "\(deployed.errors)")
        let batch = try await place.sluice("batch", "sample/shipped", "--grid", "n=1..8", "--follow")
        #expect(batch.status == 0, "\(batch.errors)")
        let runs = try JSONValue(parsing: try await place.sluice("ps", "--all", "--json").output).arrayValue
        #expect(runs?.count == 8)
        var seen = Set<String>()
        for run in runs ?? [] {
            let text = try await place.sluice("logs", try #require(run["id"]?.stringValue)).output
            #expect(text.contains("the payload"))
            #expect(text.contains("true"), "the flow's host reaches the API")
            for host in ["host1", "host2"] where text.contains("from \(host)") { seen.insert(host) }
        }
        #expect(seen == ["host1", "host2"])
    }

    // MARK: - A host is cut off

    /// A server, and the first host's agent executing the run.
    private func begin(_ place: Installation, _ network: Network, _ witness: Witness) async throws -> (String, Program)
    {
        _ = try await place.startServer()
        let agent = try place.startAgent("a1", namespace: network.agent(1))
        try await place.deploy("witness", script: witness.script, "lease: 5s\ngrace: 10s")
        let run = try await place.run("witness")
        try await witness.waitForBeginning(of: 1)
        try await place.wait(for: run, toBe: "RUNNING")
        return (run, agent)
    }

    @Test(.enabled(if: Network.canMakeHosts, "network namespaces need root"))
    func aCutShorterThanTheLeaseChangesNothing() async throws {
        let network = try Network(agents: 1)
        let place = try Installation(host: Network.serverAddress, namespace: network.server)
        let witness = try Witness(in: place.sandbox)
        let (run, _) = try await begin(place, network, witness)
        try network.cut(1)
        try witness.letEnd()
        try await witness.waitForEnd(of: 1)
        try network.mend(1)
        try await place.wait(for: run, toBe: "COMPLETED")
        #expect(witness.attempts == [1], "it was executed once")
    }

    @Test(.enabled(if: Network.canMakeHosts, "network namespaces need root"))
    func aCutLongerThanTheLeaseStopsTheProgramOnItsHostAndTheRunGoesOnElsewhere() async throws {
        let network = try Network()
        let place = try Installation(host: Network.serverAddress, namespace: network.server)
        let witness = try Witness(in: place.sandbox)
        let (run, lost) = try await begin(place, network, witness)
        _ = try place.startAgent("a2", namespace: network.agent(2))
        try network.cut(1)
        try await witness.waitForBeginning(of: 2)
        #expect(!witness.lives(1), "it was stopped on its own host, which is still cut off")
        try network.mend(1)
        _ = try await eventually("the lost agent to be fenced") {
            lost.errors.contains("\(run).1 is over for the server") ? true : nil
        }
        try witness.letEnd()
        try await place.wait(for: run, toBe: "COMPLETED")
        #expect(witness.attempts == [1, 2])
        #expect(!witness.overlaps, "never twice at once: \(witness.lines)")
        #expect(try await place.outcomes(of: run) == ["a1 CRASHED", "a2 COMPLETED"])
    }
}
