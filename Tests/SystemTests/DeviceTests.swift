import Glibc
import JSON
import TestSupport
import Testing

/// An agent hands out its graphics processors. There need not be any: to the agent they are names.
@Suite(.timeLimit(.minutes(5))) struct DeviceTests {
    private let place: Installation

    init() throws { place = try Installation() }

    private func startAgent() throws -> Program { try place.startAgent("a1", slots: 4, ["--gpu-devices", "7,GPU-b"]) }

    /// A run that has one for as long as it is wanted.
    private func begin() async throws -> (run: String, device: String) {
        let run = try await place.run("uses")
        return (run, try await device(of: run))
    }

    private func device(of run: String) async throws -> String {
        try await eventually("the device of \(run)") {
            let words = try await place.sluice("logs", run).output.split(whereSeparator: \.isWhitespace)
            guard let place = words.firstIndex(of: "has"), words.count > place + 3 else { return nil }
            #expect(words[place + 1] == words[place + 3], "its own variable and CUDA's")
            return String(words[place + 1])
        }
    }

    private func end(_ run: String) async throws {
        try place.sandbox.write("", to: "\(place.sandbox.path)/end-\(run)")
        try await place.wait(for: run, toBe: "COMPLETED")
    }

    @Test func noDeviceIsHandedOutToTwoRunsAlsoAfterARestart() async throws {
        _ = try await place.startServer()
        let agent = try startAgent()
        let script = """
            echo "has $SLUICE_GPUS sees $CUDA_VISIBLE_DEVICES"
            until [ -e "\(place.sandbox.path)/end-$SLUICE_RUN_ID" ]; do sleep 0.05; done

            """
        try await place.deploy("uses", script: script, "requires: {gpu: 1}\nlease: 10m")
        try await place.deploy("plain", script: "echo \"has ${SLUICE_GPUS:-none}\"\n")
        let (first, second) = (try await begin(), try await begin())
        #expect([first.device, second.device] == ["7", "GPU-b"])
        let plain = try await place.run("plain")
        try await place.wait(for: plain, toBe: "COMPLETED")
        #expect(try await place.sluice("logs", plain).output.contains("has none"))
        let third = try await place.run("uses")
        #expect(try await place.sluice("explain", third).output.contains("lacks 1 gpu"))

        agent.signal(SIGKILL)
        try await agent.wait()
        _ = try startAgent()
        try await end(second.run)
        #expect(try await device(of: third) == "GPU-b", "the other still has its own")
        try await end(first.run)
        try await end(third)
    }

    @Test func whatNamesNoDevicesIsRefused() async throws {
        for (arguments, reason) in [
            (["--gpu-devices", "0,0"], "each once"), (["--gpu-devices", "0,"], "each once"),
            (["--gpu-devices", "0,1", "--gpu", "3"], "is not the number of"),
        ] {
            let agent = try place.startAgent("a2", arguments)
            #expect(try await agent.wait() == 2)
            #expect(agent.errors.contains(reason), "\(agent.errors)")
        }
    }
}
