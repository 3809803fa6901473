import Glibc
import JSON
import TestSupport
import Testing

/// An agent is taken out of service.
@Suite(.timeLimit(.minutes(5))) struct DrainTests {
    @Test func aDrainedAgentFinishesWhatItHasAndTakesNothingMore() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        let agent = try place.startAgent("worker")
        let go = "\(place.sandbox.path)/go"
        try await place.deploy("waiter", script: "until [ -e '\(go)' ]; do sleep 0.02; done\n")
        let run = try await place.run("waiter")
        try await place.wait(for: run, toBe: "RUNNING")
        let drained = try await place.sluice("agent", "drain", "worker", "--reason", "update")
        #expect(drained.status == 0 && drained.output.contains("1 run to end first"), "\(drained)")
        let second = try await place.run("waiter")
        try place.sandbox.write("", to: go)
        try await place.wait(for: run, toBe: "COMPLETED")
        #expect(try await agent.wait() == 0, "\(agent.errors)")
        let waiting = try await place.sluice("show", second, "--json")
        #expect(waiting.output.contains("SCHEDULED"))
        let gone = try await place.sluice("agent", "drain", "worker")
        #expect(gone.status == 1 && gone.errors.contains("nobody to drain"), "\(gone)")
        _ = try place.startAgent("worker")
        try await place.wait(for: second, toBe: "COMPLETED")
    }
}
