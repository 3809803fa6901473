import Glibc
import Supervision
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
