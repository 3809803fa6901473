import Glibc
import JSON
import TestSupport
import Testing

/// An agent whose disk is full, or whose spool is damaged: what it has goes on, it says what is wrong, and it goes on
/// by itself when there is room again.
@Suite(.timeLimit(.minutes(5))) struct AgentDiskTests {
    private func startAgent(_ place: Installation, data: String) throws -> Program {
        try Program(
            "sluice-agent", ["--server", place.agents, "--name", "small", "--slots", "4", "--data", data],
            in: place.sandbox)
    }

    @Test(.enabled(if: SmallDisk.isPermitted, "mounting a small disk needs root"))
    func anAgentWithoutRoomTakesNothingAndComesBack() async throws {
        let disk = try SmallDisk(bytes: 48 << 20)
        let place = try Installation()
        _ = try await place.startServer()
        let agent = try startAgent(place, data: "\(disk.path)/agent")
        let (begun, go) = ("\(place.sandbox.path)/begun", "\(place.sandbox.path)/go")
        try await place.deploy(
            "long", script: "echo first; echo $$ >> '\(begun)'; until [ -e '\(go)' ]; do sleep 0.02; done; echo last\n")
        let running = try await place.run("long")
        try await place.wait(for: running, toBe: "RUNNING")
        _ = try await eventually("the run to begin") { contents(of: begun).isEmpty ? nil : true }

        disk.fill()
        _ = try await eventually("the agent to notice") { agent.errors.contains("no runs are taken") ? true : nil }
        let waiting = try await place.run("long")
        let explained = try await place.sluice("explain", waiting)
        #expect(explained.status == 0)
        // What executes goes on, and its end is reported although it cannot be written down.
        try place.sandbox.write("", to: go)
        try await place.wait(for: running, toBe: "COMPLETED")
        #expect(try await place.state(of: waiting) == "SCHEDULED")
        #expect(agent.exitStatus() == nil)

        disk.empty()
        try await place.wait(for: waiting, toBe: "COMPLETED")
        #expect(agent.errors.contains("there is room on the disk again"))
        #expect(try await place.sluice("logs", waiting).output.contains("last"))
        agent.signal(SIGTERM)
        #expect(try await agent.wait() == 0)
    }

    /// What was running when the agent was killed is adopted, whatever has become of the records of the others.
    @Test func damagedRecordsOfTheSpoolAreLeftOutAndTold() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        let agent = try place.startAgent("a1")
        let (begun, go) = ("\(place.sandbox.path)/begun", "\(place.sandbox.path)/go")
        try await place.deploy(
            "waiter", script: "echo $$ >> '\(begun)'; until [ -e '\(go)' ]; do sleep 0.02; done; echo done\n",
            "lease: 10m")
        var runs: [String] = []
        for number in 1...3 {
            runs.append(try await place.run("waiter"))
            _ = try await eventually("run \(number)") {
                contents(of: begun).split(separator: "\n").count == number ? true : nil
            }
            try await place.wait(for: runs[number - 1], toBe: "RUNNING")
        }
        agent.signal(SIGKILL)
        try await agent.wait()
        try damage("\(place.sandbox.path)/a1/spool")
        let again = try place.startAgent("a1")
        _ = try await eventually("the damage to be told") {
            again.errors.contains("the spool was damaged") ? true : nil
        }
        try place.sandbox.write("", to: go)
        for run in runs { try await place.wait(for: run, toBe: "COMPLETED") }
        #expect(contents(of: begun).split(separator: "\n").count == 3, "none was executed twice")
        try await place.deploy("after", script: "echo after\n")
        try await place.wait(for: try await place.run("after"), toBe: "COMPLETED")
    }

    /// Flips a bit in the second record, and puts garbage behind the last.
    private func damage(_ path: String) throws {
        let file = open(path, O_RDWR)
        try #require(file >= 0)
        defer { close(file) }
        var information = stat()
        fstat(file, &information)
        try #require(information.st_size > 150)
        var byte: UInt8 = 0
        pread(file, &byte, 1, 70)
        byte ^= 0x10
        pwrite(file, &byte, 1, 70)
        var garbage = SeededGenerator(seed: 1)
        let bytes = garbage.bytes(300)
        pwrite(file, bytes, bytes.count, off_t(information.st_size))
    }
}
