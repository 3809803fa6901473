import Glibc
import TestSupport
import Testing

@testable import Bundles

@Suite("Packing")
struct PackingTests {
    private let sandbox = Sandbox()
    private let packer = BundlePacker()

    private func pack(_ name: String = "code") throws -> (bundle: PackedBundle, bytes: [UInt8]) {
        try packer.pack(sandbox.path(name))
    }

    private func unpacked(_ packed: (bundle: PackedBundle, bytes: [UInt8])) throws -> [String] {
        try BundleUnpacker().unpack(packed.bytes, digest: packed.bundle.digest, into: sandbox.path("out"))
        return sandbox.listing("out")
    }

    @Test("the format is fixed: a known folder has a known digest")
    func knownDigest() throws {
        sandbox.file("code/flow.py", "print('hello')\n")
        sandbox.file("code/run.sh", "#!/bin/sh\n", mode: 0o755)
        sandbox.file("code/lib/\(String(repeating: "long", count: 40))/größe.txt", "x")
        sandbox.link("code/latest", to: "lib")
        _ = sandbox.folder("code/empty")
        let packed = try pack()
        #expect(packed.bundle.entries == 5)
        #expect(packed.bundle.bytes == packed.bytes.count)
        #expect("\(packed.bundle.digest)" == "1e324bc6dfadf897e6297e00e2fa73d4ef0c96809a334a2b27d07dd27e3cfa19")
    }

    @Test("times, owners, umask and the order of creation do not matter; content, names and the executable bit do")
    func determinism() throws {
        for (name, mode) in [("a", 0o700), ("b/c", 0o600), ("d", 0o644)] as [(String, mode_t)] {
            sandbox.file("one/\(name)", name, mode: mode)
        }
        for (name, mode) in [("d", 0o600), ("b/c", 0o664), ("a", 0o775)] as [(String, mode_t)] {
            sandbox.file("two/\(name)", name, mode: mode)
        }
        system(["touch", "-d", "2001-01-01", sandbox.path("two/a")])
        let digest = try pack("one").bundle.digest
        #expect(try pack("two").bundle.digest == digest)
        #expect(try packer.pack(sandbox.path("one") + "/").bundle.digest == digest)
        sandbox.link("link", to: "one")
        #expect(try pack("link").bundle.digest == digest)

        chmod(sandbox.path("two/a"), 0o644)
        #expect(try pack("two").bundle.digest != digest)
        sandbox.file("one/d", "D")
        #expect(try pack("one").bundle.digest != digest)
    }

    @Test("a folder of ignored files only is no difference; an empty folder is one")
    func emptyFolders() throws {
        sandbox.file("code/a")
        let digest = try pack().bundle.digest
        sandbox.file("code/cache/x.pyc")
        #expect(try pack().bundle.digest == digest)
        _ = sandbox.folder("code/spool")
        let packed = try pack()
        #expect(packed.bundle.digest != digest)
        #expect(try unpacked(packed) == ["a 644 \(contents(of: sandbox.path("code/a")).summary)", "spool/ 755"])
    }

    @Test("the ignore file is honoured")
    func ignoreFile() throws {
        sandbox.file("code/.sluiceignore", "data/*\n!data/small.csv\n*.log\n")
        for name in ["flow.py", "data/big.csv", "data/small.csv", "x.log", ".git/HEAD", "lib/__pycache__/x.pyc"] {
            sandbox.file("code/\(name)")
        }
        #expect(
            try unpacked(pack()).map { $0.split(separator: " ")[0] } == [
                ".sluiceignore", "data/", "data/small.csv", "flow.py",
            ])
    }

    @Test("trees of every shape come back as they were", arguments: 0..<40 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        GeneratedTree(in: sandbox, "code").build(using: &generator)
        let packed = try pack()
        #expect(try unpacked(packed) == sandbox.listing("code"))
        #expect(try pack("out").bundle == packed.bundle)
        #expect(try BundleVerifier().verify(packed.bytes, digest: packed.bundle.digest) == packed.bundle)

        let file = sandbox.path("bundle")
        #expect(try packer.pack(sandbox.path("code"), to: file) == packed.bundle)
        #expect(contents(of: file) == packed.bytes)
        #expect(try BundleVerifier().verify(archive: file, digest: packed.bundle.digest) == packed.bundle)
        try BundleUnpacker().unpack(archive: file, digest: packed.bundle.digest, into: sandbox.path("again"))
        #expect(sandbox.listing("again") == sandbox.listing("code"))
    }

    @Test("an empty folder is a bundle")
    func nothing() throws {
        _ = sandbox.folder("code")
        let packed = try pack()
        #expect(packed.bundle.entries == 0)
        #expect(try unpacked(packed).isEmpty)
    }

    @Test("the archive is one that other programs read")
    func readByTar() throws {
        sandbox.file("code/\(String(repeating: "deep/", count: 30))flow.py", "x")
        sandbox.file("code/run", "y", mode: 0o755)
        sandbox.link("code/\(String(repeating: "l", count: 120))", to: String(repeating: "deep/", count: 30))
        _ = try packer.pack(sandbox.path("code"), to: sandbox.path("bundle.tar"))
        #expect(system(["tar", "-xf", sandbox.path("bundle.tar"), "-C", sandbox.folder("tarred")]) == 0)
        #expect(sandbox.listing("tarred") == sandbox.listing("code"))
    }
}

/// A folder filled at random.
struct GeneratedTree {
    private let sandbox: Sandbox
    private let root: String
    private let sizes: [Int]

    init(in sandbox: Sandbox, _ root: String, largest: Int = 200_000) {
        self.sandbox = sandbox
        self.root = root
        sizes = [0, 1, 511, 512, 513, 65_535, 65_536, 65_537, 200_000].filter { $0 <= largest }
    }

    private static let names = [
        "a", "b", "a-b", "A", "größe", "with blank", "new\nline", "-", "~", ".hidden", "x.py", "é", "e\u{301}",
        String(repeating: "n", count: 101), String(repeating: "ü", count: 127), "*", "\\", "'\"",
    ]

    func build(using generator: inout SeededGenerator) {
        fill(sandbox.folder(root), root, depth: 0, using: &generator)
        chmod(sandbox.path(root), 0o755)
    }

    private func fill(_ path: String, _ name: String, depth: Int, using generator: inout SeededGenerator) {
        for child in Self.names.shuffled(using: &generator).prefix(Int.random(in: 0...6, using: &generator)) {
            let childName = "\(name)/\(child)"
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<3 where depth < 4:
                let folder = sandbox.folder(childName)
                chmod(folder, 0o755)
                fill(folder, childName, depth: depth + 1, using: &generator)
            case 3 where depth > 0: sandbox.link(childName, to: "../\(Self.names.randomElement(using: &generator)!)/x")
            case 4: sandbox.link(childName, to: "./nowhere/../\(child)-too")
            default:
                let size = sizes.randomElement(using: &generator)!
                let bytes = [UInt8](repeating: UInt8.random(in: 0...255, using: &generator), count: size)
                sandbox.file(childName, bytes: bytes, mode: Bool.random(using: &generator) ? 0o755 : 0o644)
            }
        }
    }
}
