import Glibc
import JSON
import TestSupport
import Testing

/// Parts of an agent's host die, and do not come back in time.
@Suite(.timeLimit(.minutes(5))) struct LossTests {
    @Test func aSupervisorThatIsKilledTakesItsChildrenAlongAndTheRunIsTriedAgain() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        let agent = try place.startAgent()
        let marker = "\(place.sandbox.path)/pids"
        try await place.deploy(
            "mortal",
            script: """
                [ "$SLUICE_ATTEMPT" = 1 ] || exit 0
                trap '' TERM
                setsid sleep 600 & echo $! $$ > '\(marker)'
                wait; sleep 600

                """, "crash_retries: {max: 3, delay: 10ms}")
        let run = try await place.run("mortal")
        let pids = try await eventually("the program to start") {
            let pids = contents(of: marker).split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
            return pids.count == 2 ? pids : nil
        }
        try await place.wait(for: run, toBe: "RUNNING")
        kill(try await place.supervisor(of: "a1"), SIGKILL)
        for pid in pids { _ = try await eventually("process \(pid) to be gone") { isAlive(pid) ? nil : true } }
        let shown = try await place.wait(for: run, toBe: "COMPLETED", "CRASHED", "FAILED")
        #expect(shown["attempts"]?[0]?["message"]?.stringValue?.contains("lost its supervisor") == true, "\(shown)")
        #expect(try await place.outcomes(of: run) == ["a1 CRASHED", "a1 COMPLETED"])
        #expect(agent.exitStatus() == nil, "the agent goes on, with another supervisor")
    }

    /// The agent is dead, and nobody can tell the supervisor anything: it holds the lease's end by itself.
    @Test func theSupervisorOfADeadAgentStopsItsChildAtTheEndOfTheLease() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        let agent = try place.startAgent("a1")
        let witness = try Witness(in: place.sandbox)
        try await place.deploy("witness", script: witness.script, "lease: 5s\ngrace: 10s")
        let run = try await place.run("witness")
        try await witness.waitForBeginning(of: 1)
        try await place.wait(for: run, toBe: "RUNNING")
        agent.signal(SIGKILL)
        try await agent.wait()
        _ = try place.startAgent("a2")
        try await witness.waitForBeginning(of: 2)
        #expect(!witness.lives(1))
        // The dead agent comes back with what it knows of the first attempt, and is not heard.
        let late = try place.startAgent("a1")
        _ = try await eventually("the late agent to be fenced") {
            late.errors.contains("\(run).1 is over for the server") ? true : nil
        }
        try witness.letEnd()
        try await place.wait(for: run, toBe: "COMPLETED")
        #expect(!witness.overlaps, "never twice at once: \(witness.lines)")
        #expect(try await place.outcomes(of: run) == ["a1 CRASHED", "a2 COMPLETED"])
    }
}
