import Glibc
import Supervision
import TestSupport
import Testing

struct OutputTests {
    let harness: SupervisorHarness

    init() async throws { harness = try await SupervisorHarness() }

    @Test func bothStreamsAreKeptInOrderWithTheirNames() async throws {
        let script = "echo one; read x < gate1; echo two >&2; read x < gate2; echo three"
        for gate in ["gate1", "gate2"] { mkfifo(harness.path(gate), 0o600) }
        harness.agent.client.start(harness.script("a", script))
        for count in 1...2 {
            _ = try await harness.lines("a", count: count)
            write("go\n", to: harness.path("gate\(count)"))
        }
        let exit = try await harness.agent.exit(of: "a")
        let records = try harness.records("a")
        #expect(records.map { String(decoding: $0.bytes, as: UTF8.self) } == ["one\n", "two\n", "three\n"])
        #expect(records.map(\.stream) == [.standardOutput, .standardError, .standardOutput])
        #expect(records.last?.end == exit.capturedBytes)
        #expect(records.allSatisfy { exit.startedAt <= $0.at && $0.at <= exit.endedAt })
        #expect(records.map(\.at) == records.map(\.at).sorted())
    }

    @Test func outputIsToldOfWhileTheChildRuns() async throws {
        harness.agent.client.start(harness.script("a", "echo hello; sleep 1000"))
        try await eventually("news of output") {
            harness.agent.events.contains(.output(token: "a", captured: 13 + 6))
        }
        #expect(try harness.output("a") == "hello\n")
    }

    @Test func everyByteIsKept() async throws {
        let bytes = (0..<64).flatMap { _ in (0...255).map(UInt8.init) }
        let file = open(harness.path("bytes"), O_WRONLY | O_CREAT, 0o600)
        write(file, bytes, bytes.count)
        close(file)
        _ = try await harness.agent.run(harness.command("a", ["cat", "bytes"]))
        #expect(try harness.records("a").flatMap(\.bytes) == bytes)
    }

    @Test func tenMegabytesWithoutANewline() async throws {
        let size = 10 << 20
        let exit = try await harness.agent.run(
            harness.script("a", "head -c \(size) /dev/zero | tr '\\0' x; echo end >&2"))
        let records = try harness.records("a")
        let text = records.filter { $0.stream == .standardOutput }.flatMap(\.bytes)
        #expect(text.count == size)
        #expect(text.allSatisfy { $0 == UInt8(ascii: "x") })
        #expect(records.last?.end == exit.capturedBytes)
    }

    @Test func aChatterboxDoesNotStarveOthers() async throws {
        var chatterbox = harness.command("chatterbox", ["cat", "/dev/zero"])
        chatterbox.capturePath = "/dev/null"
        harness.agent.client.start(chatterbox)
        for number in 0..<20 {
            #expect(try await harness.agent.run(harness.script("a\(number)", "echo hello")).status == .exited(0))
        }
        harness.agent.client.stop(token: "chatterbox", grace: .seconds(30))
        #expect(try await harness.agent.exit(of: "chatterbox").status == .signaled(SIGTERM))
    }

    @Test func outputThatAChildLeavesBehindIsComplete() async throws {
        for number in 0..<50 {
            _ = try await harness.agent.run(harness.script("a\(number)", "echo out; echo err >&2; exit 3"))
            #expect(try harness.output("a\(number)").count == 8)
        }
    }

    @Test func anUnwritableCaptureFileDoesNotHoldTheChildUp() async throws {
        var spec = harness.script("a", "head -c 1000000 /dev/zero; exit 5")
        spec.capturePath = harness.path("nowhere/capture")
        let exit = try await harness.agent.run(spec)
        #expect(exit.status == .exited(5))
        #expect(exit.lostBytes == 1_000_000)
        #expect(exit.capturedBytes == 0)
    }
}

struct FullDiskTests {
    let harness: SupervisorHarness

    init() async throws { harness = try await SupervisorHarness(diskPatience: 200) }

    /// A child that writes on a full disk waits, goes on without its output being kept, and has it kept again when there
    /// is room; what is missing is said where it is missing.
    @Test(.enabled(if: SmallDisk.isPermitted, "mounting a small disk needs root"))
    func whatAFullDiskHasLostIsSaidInTheOutput() async throws {
        let disk = try SmallDisk(bytes: 1 << 20)
        var spec = harness.script(
            "a",
            "echo early; until [ -e full ]; do sleep 0.01; done; seq 1 100000; touch written; "
                + "until [ -e empty ]; do sleep 0.01; done; for n in 1 2 3 4 5 6 7 8 9; do echo late; sleep 0.3; done")
        spec.capturePath = "\(disk.path)/capture"
        harness.agent.client.start(spec)
        try await eventually("its first words") { try harness.text(at: spec.capturePath) == "early\n" }
        disk.fill()
        close(open(harness.path("full"), O_CREAT | O_WRONLY, 0o600))
        // Held up at first, then let go on.
        try await eventually("all to be written") { access(harness.path("written"), F_OK) == 0 }
        disk.empty()
        close(open(harness.path("empty"), O_CREAT | O_WRONLY, 0o600))
        let exit = try await harness.agent.exit(of: "a")
        let text = try harness.text(at: spec.capturePath)
        #expect(text.hasPrefix("early\n") && text.hasSuffix("late\n"))
        #expect(text.contains("bytes of output are missing: the disk of the agent was full]\n"), "\(text.suffix(500))")
        #expect(exit.status == .exited(0) && exit.lostBytes > 100_000)
        let written = 588_895 + "early\n".utf8.count + 9 * "late\n".utf8.count
        let marks = text.split(separator: "\n").filter { $0.hasPrefix("…") }
        let missing = marks.compactMap { $0.split(separator: " ").dropFirst().first?.dropFirst() }.compactMap {
            Int($0)
        }
        #expect(missing.reduce(0, +) == Int(exit.lostBytes))
        let kept = text.utf8.count - marks.reduce(0) { $0 + $1.utf8.count + 1 }
        #expect(kept + Int(exit.lostBytes) == written)
    }

    @Test func aFullDiskHoldsTheChildUpAndThenItsOutputIsCountedAsLost() async throws {
        var spec = harness.script("a", "echo hello")
        spec.capturePath = "/dev/full"
        var waiting = harness.script("waiting", "head -c 1000000 /dev/zero; sleep 1000")
        waiting.capturePath = "/dev/full"
        harness.agent.client.start(waiting)
        let exit = try await harness.agent.run(spec)
        #expect(exit.status == .exited(0))
        #expect(exit.lostBytes >= 6)
        let pid = try await harness.agent.pid(of: "waiting")
        #expect(isAlive(pid))
        harness.agent.client.stop(token: "waiting", grace: .zero)
        #expect(try await harness.agent.exit(of: "waiting").stop == .requested)
    }
}
