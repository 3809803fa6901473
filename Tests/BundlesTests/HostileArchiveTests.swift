import Testing

@testable import Bundles

@Suite("Archives that nobody should trust")
struct HostileArchiveTests {
    private let sandbox = Sandbox()

    /// Offers an archive with its true digest to the verifier and to the unpacker; both must say the same, and nothing
    /// may be left behind.
    private func refusal(_ bytes: [UInt8], _ limits: BundleLimits = BundleLimits()) -> BundleError? {
        var hasher = SHA256()
        hasher.update(bytes)
        sandbox.file("outside/canary", "alive")
        let before = sandbox.listing()
        var verdict: BundleError?
        do throws(BundleError) {
            _ = try BundleVerifier(limits: limits).verify(bytes, digest: hasher.digest())
        } catch {
            verdict = error
        }
        do throws(BundleError) {
            try BundleUnpacker(limits: limits).unpack(bytes, digest: hasher.digest(), into: sandbox.path("target"))
            #expect(verdict == nil)
        } catch {
            #expect(verdict == error)
            #expect(sandbox.listing() == before)
        }
        return verdict
    }

    private func forged(_ entries: Forgery...) -> [UInt8] {
        entries.flatMap(\.bytes) + Forgery.end
    }

    @Test("a sound forgery is accepted, so the others fail for their own reason")
    func sound() {
        let archive = forged(.file("a/b", "content"), .folder("c/"), .link("d", to: "a/../c/nowhere"), .folder("e"))
        #expect(refusal(archive) == nil)
        #expect(sandbox.listing("target").map { $0.prefix { $0 != " " } } == ["a/", "a/b", "c/", "d", "e/"])
    }

    @Test(
        "paths that are not plain",
        arguments: [
            "/etc/passwd", "../x", "a/../../x", "a/..", "..", ".", "./a", "a/./b", "a//b", "", "/", "//", "a/",
        ])
    func paths(path: String) {
        for entry in [Forgery.file(path, "x"), .link(path, to: "x"), .file("long", "x", pax: ["path": path])] {
            #expect(refusal(forged(entry))?.kind == "unsafePath", "\(path)")
        }
    }

    @Test("names that are too long, too deep, not UTF-8 or hold a zero")
    func names() {
        let tooLong = String(repeating: "n", count: 256)
        let tooDeep = String(repeating: "d/", count: 100) + "x"
        let tooLongInAll = String(repeating: String(repeating: "n", count: 200) + "/", count: 6) + "x"
        for path in [tooLong, tooDeep, tooLongInAll, "a\0b"] {
            #expect(refusal(forged(.file("long", "x", pax: ["path": path])))?.kind == "unsafePath", "\(path)")
        }
        var entry = Forgery.file("a", "x")
        entry.set([0xFF, 0xFE], at: 0)
        #expect(refusal(forged(entry))?.kind == "unsafePath")
    }

    @Test(
        "links that lead outside, also through others, earlier or later",
        arguments: [
            [("a", "/etc/passwd")], [("a", "..")], [("a", "../outside/canary")], [("a", "x/../../outside")],
            [("a", "b/../.."), ("b", "c")], [("a", "."), ("b", "a/..")], [("a", "b"), ("b", "a")], [("a", "a")],
            [("a/l", ".."), ("b", "a/l/../x")], [("a/b/l", "../.."), ("c", "a/b/l/..")], [("a", "b/c"), ("b", "..")],
            [("a", String(repeating: "../", count: 300))],
        ])
    func links(links: [(String, String)]) {
        let entries = links.flatMap { Forgery.link($0.0, to: $0.1).bytes }
        #expect(refusal(entries + Forgery.end)?.kind == "linkLeadsOutside", "\(links)")
    }

    @Test("writing through a link, or below a file")
    func throughLinks() {
        for first in [Forgery.link("a", to: "b"), .link("a", to: "../outside"), .file("a", "")] {
            for second in [Forgery.file("a/canary", "dead"), .folder("a/x"), .link("a/x", to: "y")] {
                #expect(refusal(forged(first, second))?.kind == "unsafePath")
            }
        }
    }

    @Test("a name that is there twice, in any dress, and a wrong order")
    func duplicates() {
        #expect(refusal(forged(.file("a", "1"), .file("a", "2"))) == .duplicate(path: "a"))
        #expect(refusal(forged(.file("a", "1"), .link("a", to: "b"))) == .duplicate(path: "a"))
        #expect(refusal(forged(.link("a", to: "b"), .folder("a"))) == .duplicate(path: "a"))
        #expect(refusal(forged(.folder("a"), .folder("a/"))) == .duplicate(path: "a"))
        #expect(refusal(forged(.file("a", "1"), .file("x", "2", pax: ["path": "a"]))) == .duplicate(path: "a"))
        for archive in [forged(.file("b", ""), .file("a", "")), forged(.file("a/b", ""), .link("a", to: "b"))] {
            #expect(refusal(archive).map { "\($0)".contains("order") } == true)
        }
        // Two compositions of one letter are two names.
        #expect(refusal(forged(.file("e\u{301}", "1"), .file("\u{E9}", "2"))) == nil)
    }

    @Test(
        "what is neither file, folder nor link",
        arguments: [
            "1", "3", "4", "6", "7", "g", "S", "L", "K", "V", "\0", "A",
        ])
    func types(type: Character) {
        var entry = Forgery.file("a", "")
        entry.set([type.asciiValue!], at: 156)
        entry.set(Array("../outside/canary".utf8), at: 157)
        #expect(refusal(forged(entry)) == .unsupportedEntry(path: "a", type: type))
    }

    @Test("sizes that lie")
    func sizes() {
        var huge = Forgery.file("a", "x")
        huge.set(Array("77777777777".utf8), at: 124)
        #expect(refusal(forged(huge)) == .archiveTooLarge(limit: 64 << 20))
        var base256 = Forgery.file("a", "x")
        base256.set([0x80, 0, 0, 0, 0, 0, 0, 1], at: 124)
        #expect(refusal(forged(base256))?.kind == "malformed")

        let bomb = forged(.file("a", "x", pax: ["size": "999999999999999999"]))
        #expect(refusal(bomb) == .archiveTooLarge(limit: 64 << 20))
        #expect(refusal(forged(.file("a", "x", pax: ["size": "100000"]))) == .truncated)
        for size in ["-1", "", "1e3", "9999999999999999999999", "0x10", "+1"] {
            #expect(refusal(forged(.file("a", "x", pax: ["size": size])))?.kind == "malformed", "\(size) was accepted")
        }
        for type in ["2", "5"] {
            var entry = Forgery.file("a", "content")
            entry.set(Array(type.utf8), at: 156)
            #expect(refusal(forged(entry))?.kind == "malformed")
        }
        var linked = Forgery.file("a", "content")
        linked.set(Array("target".utf8), at: 157)
        #expect(refusal(forged(linked))?.kind == "malformed")
    }

    @Test(
        "sparse files and other things of pax",
        arguments: [
            ["GNU.sparse.realsize": "1000000000000"], ["GNU.sparse.major": "1"], ["mtime": "1"],
            ["SCHILY.xattr.user.x": "1"],
        ])
    func pax(records: [String: String]) {
        #expect(refusal(forged(.file("a", "x", pax: records)))?.kind == "malformed")
    }

    @Test(
        "pax headers that are broken",
        arguments: [
            "", "x", "5 a=b", "99 path=x\n", "0 path=x\n", "3 \n", "2 \n", "9 path=x\n9 path=y\n", "8 pathx\n\n",
            "-9 path=x\n", "1 ", " ", "9 path=x\n\n",
        ])
    func brokenPax(content: String) {
        // An empty header says nothing, and that is sound.
        #expect(refusal(forged(.file("a", "x", rawPax: content)))?.kind == (content.isEmpty ? nil : "malformed"))
    }

    @Test("pax headers at the end, in a row, or too large")
    func misplacedPax() {
        let lonely = Forgery.header("p", type: "x", content: "9 path=x\n")
        #expect(refusal(forged(lonely))?.kind == "malformed")
        let row = forged(lonely, .file("a", "x", pax: ["path": "b"]))
        #expect(refusal(row) == .unsupportedEntry(path: "x", type: "x"))
        let large = Forgery.file("a", "x", pax: ["path": String(repeating: "p", count: 5000)])
        #expect(refusal(forged(large))?.kind == "malformed")
    }

    @Test("checksums, magic, numbers")
    func headers() {
        let good = forged(.file("a", "x"), .file("b", "y"))
        for offset in 0..<512 {
            var bad = good
            bad[1024 + offset] ^= 1
            #expect(["badChecksum", "malformed"].contains(refusal(bad)?.kind), "bit 0 of header byte \(offset)")
        }
        for (offset, text) in [(257, "ustar "), (263, "01"), (124, "0000000000x"), (100, "rwxr-xr"), (345, "/etc")] {
            var entry = Forgery.file("a", "x")
            entry.set(Array(text.utf8), at: offset)
            #expect(refusal(forged(entry))?.kind == "malformed", "\(text)")
        }
    }

    @Test("an archive that is cut anywhere, or followed by anything")
    func cuts() {
        let good = forged(.file("a", "content"), .file("b", String(repeating: "x", count: 600)), .link("c", to: "b"))
        for count in 0..<good.count where count % 37 == 0 || (count + 1) % 512 < 3 {
            #expect(refusal(Array(good[..<count])) == .truncated, "cut at \(count)")
        }
        for extra in [[0], [1], [UInt8](repeating: 0, count: 512), Forgery.file("z", "").bytes] as [[UInt8]] {
            #expect(refusal(good + extra)?.kind == "malformed")
        }
        var padded = good
        padded[512 + 100] = 1
        #expect(refusal(padded)?.kind == "malformed")
    }

    @Test("more than the limits: bytes, entries, and folders that paths imply")
    func limits() {
        let archive = forged(.file("a", "x"), .file("b/c/d", "y"))
        let tooFew = archive.count - 1
        #expect(refusal(archive, BundleLimits(archiveBytes: tooFew)) == .archiveTooLarge(limit: tooFew))
        #expect(refusal(archive, BundleLimits(entries: 3)) == .tooManyEntries(limit: 3))
        #expect(refusal(archive, BundleLimits(archiveBytes: archive.count, entries: 4)) == nil)
    }

    @Test("links that are made to be slow to follow")
    func tangledLinks() {
        // Each link passes its successor many times: followed naively, 40 to the power of the links.
        let passes = (0..<99).map { number in
            let name = String(repeating: "0", count: 2 - "\(number)".count) + "\(number)"
            let next = String(repeating: "0", count: 2 - "\(number + 1)".count) + "\(number + 1)"
            return Forgery.link("l\(name)", to: (0..<30).map { _ in "l\(next)" }.joined(separator: "/../"))
        }
        #expect(refusal(passes.flatMap(\.bytes) + Forgery.end)?.kind == "linkLeadsOutside")
    }

    @Test("the digest is checked before anything else, and the target must be free")
    func digestAndTarget() throws {
        let good = forged(.file("a", "x"))
        var hasher = SHA256()
        let other = hasher.digest()
        hasher.update(good)
        let digest = hasher.digest()
        let unpacker = BundleUnpacker()
        #expect(throws: BundleError.digestMismatch(expected: other, actual: digest)) {
            try unpacker.unpack(good, digest: other, into: sandbox.path("target"))
        }
        #expect(sandbox.listing().isEmpty)
        for target in [sandbox.file("file"), sandbox.folder("folder")] {
            #expect(throws: BundleError.targetExists(path: target)) {
                try unpacker.unpack(good, digest: digest, into: target)
            }
        }
        sandbox.link("dangling", to: "nowhere")
        #expect(throws: BundleError.targetExists(path: sandbox.path("dangling"))) {
            try unpacker.unpack(good, digest: digest, into: sandbox.path("dangling"))
        }
        #expect(throws: BundleError.self) {
            try unpacker.unpack(good, digest: digest, into: sandbox.path("no/such/parent"))
        }
    }
}
