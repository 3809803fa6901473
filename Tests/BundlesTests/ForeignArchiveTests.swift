import Testing

@testable import Bundles

@Suite("Archives that other programs have made", .timeLimit(.minutes(2)))
struct ForeignArchiveTests {
    private let sandbox = Sandbox()

    private func unpack(
        _ name: String, folder: String? = nil, _ limits: BundleLimits = BundleLimits()
    ) -> BundleError? {
        let before = sandbox.listing()
        do throws(BundleError) {
            try BundleUnpacker(limits: limits).unpack(
                foreign: sandbox.path(name), folder: folder, into: sandbox.path("target"))
            return nil
        } catch {
            #expect(sandbox.listing() == before, "nothing is left of what was refused")
            return error
        }
    }

    /// A folder with what archives have.
    private func makeSource() {
        sandbox.file("source/flow.sh", "#!/bin/sh\n", mode: 0o755)
        sandbox.file("source/deep/\(String(repeating: "long", count: 22))/data.txt", "data")
        sandbox.file("source/large.txt", String(repeating: "0123456789", count: 50_000))
        _ = sandbox.folder("source/empty")
        #expect(system(["ln", "-s", "deep/../flow.sh", sandbox.path("source/link")]) == 0)
    }

    private static let python = """
        import os, sys, zipfile
        with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as out:
            for place, folders, files in os.walk(sys.argv[2]):
                for name in folders + files:
                    path = os.path.join(place, name)
                    inside = os.path.relpath(path, sys.argv[2])
                    if os.path.islink(path):
                        info = zipfile.ZipInfo(inside)
                        info.create_system, info.external_attr = 3, 0o120777 << 16
                        out.writestr(info, os.readlink(path))
                    else:
                        out.write(path, inside, zipfile.ZIP_STORED if name.endswith(".sh") else None)
        """

    @Test("what tar, gzip and zip make", arguments: ["ustar", "pax", "gnu", "zip"])
    func sound(format: String) throws {
        makeSource()
        let source = sandbox.path("source")
        if format == "zip" {
            #expect(system(["python3", "-c", Self.python, sandbox.path("archive"), source]) == 0)
        } else if format == "ustar" {
            // It has room for long paths, if they have a slash where it wants one.
            #expect(system(["tar", "-cf", sandbox.path("archive"), "--format=ustar", "-C", source, "."]) == 0)
        } else {
            #expect(system(["tar", "-czf", sandbox.path("archive"), "--format=\(format)", "-C", source, "."]) == 0)
        }
        #expect(unpack("archive") == nil)
        #expect(system(["diff", "-r", source, sandbox.path("target")]) == 0)
        #expect(system(["test", "-x", sandbox.path("target/flow.sh"), "-a", "-L", sandbox.path("target/link")]) == 0)
    }

    @Test("a folder of it is all that comes, whatever else there is")
    func folder() {
        makeSource()
        #expect(system(["tar", "-cf", sandbox.path("archive"), "-C", sandbox.root, "source"]) == 0)
        #expect(unpack("archive", folder: "source/nothing") == .noFolder(path: "source/nothing"))
        #expect(unpack("archive", folder: "source/flow.sh")?.kind == "unsafePath")
        #expect(unpack("archive", folder: "source") == nil)
        #expect(system(["diff", "-r", sandbox.path("source"), sandbox.path("target")]) == 0)
    }

    private func tar(_ entries: [Forgery]) -> String {
        sandbox.file("archive", bytes: entries.flatMap(\.bytes) + Forgery.end)
        return "archive"
    }

    @Test(
        "hostile tar archives",
        arguments: [
            ([.file("../x", "x")], "unsafePath"), ([.file("/etc/x", "x")], "unsafePath"),
            ([.file("a/../../x", "x")], "unsafePath"), ([.file("x", "x", pax: ["path": "/etc/x"])], "unsafePath"),
            ([.link("a", to: "/etc"), .file("a/passwd", "x")], "unsafePath"),
            ([.link("a", to: "..")], "linkLeadsOutside"), ([.link("a", to: "/etc/passwd")], "linkLeadsOutside"),
            ([.file("a", "x"), .file("a", "y")], "duplicate"), ([.header("a", type: "1")], "unsupportedEntry"),
            ([.header("a", type: "3")], "unsupportedEntry"),
            ([.file("a", "x", pax: ["GNU.sparse.major": "1"])], "malformed"),
            ([.file("a", "x", pax: ["size": "999999999999"])], "archiveTooLarge"),
            ([.file("a", "x"), .file("a/b", "y")], "unsafePath"),
        ] as [([Forgery], String)])
    func hostile(entries: [Forgery], kind: String) {
        #expect(unpack(tar(entries))?.kind == kind)
    }

    @Test("entries that come in any order, and folders that are named twice")
    func order() {
        #expect(unpack(tar([.file("b/x", "1"), .folder("b/"), .file("./a", "2"), .folder("./"), .folder("b")])) == nil)
        #expect(sandbox.listing("target").map { $0.prefix { $0 != " " } } == ["a", "b/", "b/x"])
    }

    @Test("what expands to more than it may is refused, and no more of it is made")
    func bombs() {
        let zeros = sandbox.file("zeros", bytes: [UInt8](repeating: 0, count: 8 << 20))
        #expect(system(["tar", "-czf", sandbox.path("bomb.tgz"), "-C", sandbox.root, "zeros"]) == 0)
        let limits = BundleLimits(archiveBytes: 1 << 20, entries: 10)
        #expect(unpack("bomb.tgz", limits) == .archiveTooLarge(limit: 1 << 20))
        let zip = "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED).write(sys.argv[2], 'a')"
        #expect(system(["python3", "-c", zip, sandbox.path("bomb.zip"), zeros]) == 0)
        #expect(unpack("bomb.zip", limits) == .archiveTooLarge(limit: 1 << 20))
        let many = (0..<20).map { Forgery.file("\($0)", "") }
        #expect(unpack(tar(many), limits) == .tooManyEntries(limit: 10))
    }

    @Test("what is damaged, cut off, or no archive")
    func damage() {
        makeSource()
        #expect(system(["tar", "-czf", sandbox.path("whole"), "-C", sandbox.path("source"), "."]) == 0)
        let bytes = contents(of: sandbox.path("whole"))
        for count in [0, 1, 20, bytes.count / 2, bytes.count - 3] {
            sandbox.file("archive", bytes: Array(bytes[..<count]))
            #expect(unpack("archive") != nil, "\(count)")
        }
        var broken = bytes
        broken[bytes.count / 2] ^= 0x55
        sandbox.file("archive", bytes: broken)
        #expect(unpack("archive") != nil)
        sandbox.file("archive", "<html>sign in, please</html>")
        #expect(unpack("archive")?.description.contains("neither a zip nor a tar archive") == true)
    }

    @Test("any damage to a zip archive is an error or changes nothing")
    func zipFuzz() {
        makeSource()
        #expect(system(["python3", "-c", Self.python, sandbox.path("whole"), sandbox.path("source")]) == 0)
        let bytes = contents(of: sandbox.path("whole"))
        for step in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 300)) {
            var broken = bytes
            broken[step] ^= 0xFF
            sandbox.file("archive", bytes: broken)
            if unpack("archive") == nil { #expect(system(["rm", "-rf", sandbox.path("target")]) == 0) }
        }
    }

    @Test("the cache has it by its name, unpacked once")
    func cache() async throws {
        let cache = try BundleCache(sandbox.path("cache"))
        sandbox.file("archive", bytes: Forgery.file("a", "x").bytes + Forgery.end)
        var hash = SHA256()
        hash.update(Array("a commit".utf8))
        let key = hash.digest()
        let lease = try await cache.install(
            foreign: sandbox.path("archive"), folder: nil, as: key, limits: BundleLimits())
        #expect(contents(of: "\(lease.directory)/a") == Array("x".utf8))
        let again = try await cache.install(foreign: "/nowhere", folder: nil, as: key, limits: BundleLimits())
        #expect(again.directory == lease.directory)
    }

    @Test("a cache with a bound keeps to it, but for what is in use")
    func bound() async throws {
        let cache = try BundleCache(sandbox.path("cache"), mostBytes: 1500)
        for number in 1...3 {
            sandbox.file(
                "archive", bytes: Forgery.file("a", String(repeating: "\(number)", count: 1000)).bytes + Forgery.end)
            var hash = SHA256()
            hash.update([UInt8(number)])
            _ = try await cache.install(
                foreign: sandbox.path("archive"), folder: nil, as: hash.digest(), limits: BundleLimits())
        }
        #expect(sandbox.listing("cache").count { $0.contains("/a") } == 1)
    }
}
