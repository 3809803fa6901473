import Glibc
import Testing

@testable import Bundles

@Suite("What cannot be packed")
struct PackingRefusalTests {
    private let sandbox = Sandbox()

    private func refusal(_ limits: BundleLimits = BundleLimits(), _ name: String = "code") -> BundleError? {
        do {
            _ = try BundlePacker(limits: limits).pack(sandbox.path(name))
            return nil
        } catch {
            return error
        }
    }

    @Test("what is no folder")
    func noFolder() {
        #expect(refusal() == .notAFolder(path: sandbox.path("code")))
        sandbox.file("code")
        #expect(refusal() == .notAFolder(path: sandbox.path("code")))
    }

    @Test(
        "links that lead outside, directly or through another",
        arguments: [
            [("out", "/etc/passwd")], [("out", "..")], [("out", "../x")], [("lib/out", "../../x")],
            [("out", "a/../../x")],
            [("lib/up", ".."), ("out", "lib/up/../x")], [("a", "b"), ("b", "c"), ("c", "../x")],
            [("a", "b"), ("b", "a")],
            [("out", "lib/../../code")],
        ])
    func outside(links: [(String, String)]) {
        sandbox.file("code/lib/x")
        for (name, target) in links {
            sandbox.link("code/\(name)", to: target)
        }
        guard case .linkLeadsOutside = refusal() else {
            Issue.record("\(links) was packed")
            return
        }
        sandbox.file("code/.sluiceignore", links.map(\.0).joined(separator: "\n"))
        #expect(refusal() == nil)
    }

    @Test("sockets and pipes, unless they are ignored")
    func specialFiles() {
        _ = sandbox.folder("code")
        mkfifo(sandbox.path("code/pipe"), 0o600)
        #expect(refusal() == .unsupportedFile(path: "pipe", kind: "named pipe"))
        #expect(refusal().map { "\($0)".contains(".sluiceignore") } == true)
        sandbox.file("code/.sluiceignore", "pipe")
        #expect(refusal() == nil)
    }

    @Test("more than the limit: told with the total, the largest files and the remedy, before anything is written")
    func tooLarge() {
        for (name, size) in [("a", 3000), ("b/c", 9000), ("d", 100), ("e", 5000), ("f", 0)] {
            sandbox.file("code/\(name)", bytes: [UInt8](repeating: 1, count: size))
        }
        let total = 5 * 512 + 3072 + 9216 + 512 + 5120 + 1024
        #expect(refusal(BundleLimits(archiveBytes: total)) == nil)
        let largest = [("b/c", 9000), ("e", 5000), ("a", 3000)].map { BundleFileSize(path: $0.0, bytes: $0.1) }
        let error = refusal(BundleLimits(archiveBytes: total - 1))
        #expect(error == .tooLarge(limit: total - 1, total: total, largest: largest))
        #expect(
            error.map { "\($0)" } == "the folder packs to 21 KiB, and the limit is 20 KiB; the largest files are "
                + "b/c (8 KiB), e (4 KiB), a (2 KiB); name what is not needed in .sluiceignore")

        #expect(throws: BundleError.self) {
            try BundlePacker(limits: BundleLimits(archiveBytes: 1)).pack(sandbox.path("code"), to: sandbox.path("out"))
        }
        #expect(sandbox.listing().allSatisfy { $0.hasPrefix("code") })
    }

    @Test("too many files and folders")
    func tooMany() {
        for number in 0..<5 {
            sandbox.file("code/\(number)/file")
        }
        #expect(refusal(BundleLimits(entries: 10)) == nil)
        #expect(refusal(BundleLimits(entries: 9)) == .tooManyEntries(limit: 9))
    }

    @Test("names that are not UTF-8, and trees without a bottom")
    func names() {
        _ = sandbox.folder("code")
        let bytes = sandbox.path("code/").utf8CString.dropLast() + [CChar(bitPattern: 0xFF), 0]
        let descriptor = bytes.withUnsafeBufferPointer { open($0.baseAddress!, O_WRONLY | O_CREAT, 0o600) }
        #expect(descriptor >= 0)
        close(descriptor)
        guard case .unsafePath(_, "it is not UTF-8") = refusal() else {
            Issue.record("it was packed")
            return
        }
        sandbox.file("deep/\(String(repeating: "d/", count: 100))x")
        guard case .unsafePath = refusal(BundleLimits(), "deep") else {
            Issue.record("it was packed")
            return
        }
    }

    @Test("a folder that may not be read is named")
    func unreadable() {
        _ = sandbox.folder("code")
        sandbox.link("code/.sluiceignore", to: ".sluiceignore")
        #expect(refusal() == .system(action: "open", path: sandbox.path("code/.sluiceignore"), code: ELOOP))
    }

    @Test(
        "a file that changes, grows, shrinks, vanishes or turns into a pipe meanwhile",
        arguments: [
            "echo more >>", "truncate -s 10", "rm", "rm -f $0; mkfifo", "touch -d 2001-01-01", "rm -f $0; ln -s x",
            "chmod 755",
        ])
    func changes(how: String) throws {
        sandbox.file("code/a", "first")
        let path = sandbox.file("code/b", bytes: [UInt8](repeating: 7, count: 200_000))
        let target = MeddlingTarget { system(["sh", "-c", "\(how) $0", path]) }
        #expect(throws: BundleError.changedWhilePacking(path: "b")) {
            try BundlePacker().pack(sandbox.path("code")) { target }
        }
    }
}

/// Does something when the first bytes are written.
private final class MeddlingTarget: ByteTarget {
    private var meddle: (() -> Void)?

    init(_ meddle: @escaping () -> Void) {
        self.meddle = meddle
    }

    func write(_ bytes: UnsafeRawBufferPointer) {
        meddle?()
        meddle = nil
    }
}
