import Glibc
import Supervision
import Testing

struct LeaseTests {
    let harness: SupervisorHarness

    init() async throws { harness = try await SupervisorHarness() }

    @Test func aTimeoutStopsTheChild() async throws {
        var spec = harness.script("a", "sleep 1000")
        spec.timeout = .milliseconds(50)
        let exit = try await harness.agent.run(spec)
        #expect(exit.stop == .timedOut)
        #expect(exit.status == .signaled(SIGTERM))
    }

    @Test func aChildWhoseLeaseEndsIsStoppedThoughTheAgentIsGone() async throws {
        var spec = harness.script("a", "trap '' TERM; echo ready; while :; do sleep 1; done")
        spec.deadline = .seconds(1)
        spec.grace = .milliseconds(50)
        harness.agent.client.start(spec)
        let pid = try await harness.agent.pid(of: "a")
        harness.agent.client.close()
        try await eventually("its end") { !isAlive(pid) }
        let exit = try await harness.reconnect().exit(of: "a")
        #expect(exit.stop == .leaseEnded)
        #expect(exit.status == .signaled(SIGKILL))
    }

    @Test func aRenewedLeaseGoesOn() async throws {
        var renewed = harness.script("renewed", "sleep 1000")
        renewed.deadline = .milliseconds(1500)
        var other = renewed
        other.token = "other"
        other.capturePath = harness.path("other.capture")
        harness.agent.client.start(renewed)
        harness.agent.client.renew(tokens: ["renewed", "unknown"], deadline: .seconds(3600))
        #expect(try await harness.agent.run(other).stop == .leaseEnded)
        #expect(isAlive(try await harness.agent.pid(of: "renewed")))
        harness.agent.client.renew(tokens: ["renewed"], deadline: .zero)
        #expect(try await harness.agent.exit(of: "renewed").stop == .leaseEnded)
    }
}
