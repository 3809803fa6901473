import Glibc
import HTTPClient
import JSON
import TestSupport
import Testing

/// The server's disk is full, and has room again: the server says so, loses nothing, and goes on by itself.
@Suite(.timeLimit(.minutes(5)), .serialized) struct FullDiskTests {
    /// A small disk of the test's own under a server's data directory.
    private final class SmallDisk {
        let path: String
        private var filler: String { "\(path)/filler" }

        init(under place: Installation, bytes: Int) throws {
            path = place.data
            mkdir(path, 0o700)
            try #require(mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0, "tmpfs cannot be mounted")
        }

        deinit { umount2(path, Int32(MNT_DETACH)) }

        func fill() throws {
            let file = open(filler, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            try #require(file >= 0)
            defer { close(file) }
            for size in [1 << 20, 4096, 1] {
                let bytes = [UInt8](repeating: 0, count: size)
                while write(file, bytes, size) == size {}
            }
        }

        func free() { unlink(filler) }
    }

    /// In a container root may lack the right.
    private static let canMount: Bool = {
        var template = Array("/tmp/sluice-mount-XXXXXX".utf8CString)
        guard geteuid() == 0, let folder = mkdtemp(&template) else { return false }
        defer { rmdir(folder) }
        guard mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0 else { return false }
        umount2(folder, Int32(MNT_DETACH))
        return true
    }()

    private func ready(_ place: Installation) async throws -> HTTPResponse {
        try await HTTPSession().send(HTTPRequest(.get, "http://\(place.http)/api/ready"))
    }

    /// Submits until that is refused; what was stored before is counted.
    private func submitUntilFull(_ place: Installation) async throws -> (stored: Int, refusal: String) {
        for stored in 0..<500 {
            let result = try await place.sluice("run", "sample/plain")
            if result.status == 0 { continue }
            #expect(result.status == 1)
            return (stored, result.errors)
        }
        throw WaitedInVain.fullDisk
    }

    @Test(.enabled(if: canMount, "mounting a small disk needs the right to mount"))
    func aFullDiskIsToldAndSurvived() async throws {
        let place = try Installation()
        let disk = try SmallDisk(under: place, bytes: 48 << 20)
        let server = try await place.startServer()
        _ = try place.startAgent()
        let go = "\(place.sandbox.path)/go"
        try await place.deploy("plain", script: "true\n", "parameters: {n: {type: integer, default: 0}}")
        try await place.deploy(
            "waiter", script: "until [ -e '\(go)' ]; do sleep 0.02; done; echo the end\n", "lease: 10m")
        let waiter = try await place.run("waiter")
        try await place.wait(for: waiter, toBe: "RUNNING")
        #expect(try await ready(place).status == 200)

        try disk.fill()
        let stored = try await expectRefusals(place)
        // A report that cannot be stored is not acknowledged, and stays in its agent's spool.
        try place.sandbox.write("", to: go)
        _ = try await eventually("the agent's report to be refused") {
            server.errors.contains("what an agent said could not be taken") ? true : nil
        }
        #expect(try await place.state(of: waiter) == "RUNNING", "reads go on")
        try await place.expectSoundData("while the disk is full")

        disk.free()
        try await place.wait(for: waiter, toBe: "COMPLETED")
        #expect(try await place.sluice("logs", waiter).output.contains("the end"))
        try await expectRecovery(place)
        let runs = try #require(try await place.json("ps", "--all", "--limit", "1000").arrayValue)
        #expect(runs.count == 1 + stored + 1 + 20, "what was refused is not there, and all else is")
        #expect(server.exitStatus() == nil)
        try await place.expectSoundData("after it")
    }

    /// Everything that would have to be stored is refused, with the cause and the remedy.
    ///
    /// - Returns: how many runs were stored before there was no room at all.
    private func expectRefusals(_ place: Installation) async throws -> Int {
        let (stored, refusal) = try await submitUntilFull(place)
        #expect(refusal.contains("disk is full") && refusal.contains("free space"))
        #expect(refusal.split(separator: "\n").count == 1, "\(refusal)")
        let batch = try await place.sluice("batch", "sample/plain", "--grid", "n=1..2000")
        #expect(batch.status == 1 && batch.errors.contains("disk is full"), "\(batch.errors)")
        let answer = try await ready(place)
        #expect(answer.status == 503 && answer.text.contains("disk is full"), "\(answer.text)")
        let deployed = try await place.sluice("deploy", try large(place))
        #expect(deployed.status == 1 && deployed.errors.contains("free space"), "\(deployed.errors)")
        return stored
    }

    /// All that was refused is done when it is asked for again.
    private func expectRecovery(_ place: Installation) async throws {
        _ = try await eventually("readiness") { try await ready(place).status == 200 ? true : nil }
        let last = try await place.sluice("run", "sample/plain", "--follow")
        #expect(last.status == 0, "\(last.errors)")
        let again = try await place.sluice("batch", "sample/plain", "--grid", "n=1..20", "--follow")
        #expect(again.status == 0, "\(again.errors)")
        #expect(try await place.sluice("deploy", try large(place)).status == 0)
    }

    private func large(_ place: Installation) throws -> String {
        try place.sandbox.folder(
            "large",
            [
                "sluice.yaml": "flow: sample\nname: large\ncommand: [true]\n",
                "large": String(repeating: "x", count: 300_000),
            ])
    }
}

extension WaitedInVain {
    fileprivate static let fullDisk = WaitedInVain(for: "a disk to be full")
}
