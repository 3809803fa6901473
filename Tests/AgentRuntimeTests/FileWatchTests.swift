import Domain
import Glibc
import TestSupport
import Testing
import Wire

@testable import AgentRuntime

/// What becomes of files in folders that an agent watches.
@Suite(.timeLimit(.minutes(2))) struct FileWatchTests {
    private let folder = TemporaryFolder()

    // MARK: - Patterns

    @Test(arguments: [
        ("/data/in/*.csv", "/data/in", "a.csv", true), ("/data/in/*.csv", "/data/in", ".csv", false),
        ("/data/in/*", "/data/in", ".hidden", false), ("/a?[0-9].txt", "/", "ab7.txt", true),
        ("//data//x", "/data", "x", true), ("/data/*.csv", "/data", "a.csv.part", false),
    ])
    func `A pattern names a folder and files in it`(_ text: String, _ folder: String, _ name: String, _ matches: Bool)
        throws
    {
        let pattern = try WatchPattern(text)
        #expect(pattern.folder == folder && pattern.matches(name) == matches)
    }

    @Test(arguments: ["in/*.csv", "/data/", "/", "/data/*/a.csv", "/data/../x", "/data/..", ""])
    func `What names no files is refused`(_ text: String) {
        #expect(throws: InvalidWatch.self) { try WatchPattern(text) }
    }

    // MARK: - Coming to rest

    private static func file(_ name: String, size: UInt64 = 1, inode: UInt64 = 1) -> SeenFile {
        SeenFile(path: "/in/\(name)", inode: inode, size: size, modified: Timestamp(microseconds: 1))
    }

    @Test func `A file is told of once it is unchanged for a while, and again when it is another`() {
        var sightings = FileSightings(rest: .seconds(2), told: [:])
        func look(_ files: [SeenFile], _ second: Int, folders: Set<String> = ["/in"]) -> [SeenFile] {
            sightings.note(files, in: folders, at: .seconds(second))
        }
        #expect(look([Self.file("a")], 0) == [])
        #expect(look([Self.file("a", size: 2)], 1) == [], "it grows")
        #expect(look([Self.file("a", size: 2)], 2) == [])
        #expect(look([Self.file("a", size: 2)], 3) == [Self.file("a", size: 2)])
        #expect(look([Self.file("a", size: 2)], 9) == [])
        // Another is moved into its place.
        let other = Self.file("a", size: 2, inode: 7)
        #expect(look([other], 10) == [] && look([other], 12) == [other])
        // A folder that cannot be read says nothing of what is in it.
        #expect(look([], 13, folders: []) == [] && look([other], 14) == [] && look([other], 20) == [])
        #expect(look([], 21) == [] && look([other], 22) == [] && look([other], 24) == [other], "it came again")
        var again = FileSightings(rest: .zero, told: ["/in/a": other])
        #expect(again.note([other, Self.file("b")], in: ["/in"], at: .zero) == [Self.file("b")])
    }

    /// However often one looks: each version that stays long enough is told once, no other ever.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func `Whatever is written, what is told was complete`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var sightings = FileSightings(rest: .seconds(3), told: [:])
        var versions: [String: (file: SeenFile, since: Int)] = [:]
        var told: [SeenFile] = []
        for second in 0..<300 {
            for name in ["a", "b", "c"] where Int.random(in: 0..<6, using: &random) == 0 {
                versions[name] = (Self.file(name, size: random.next(), inode: UInt64(second)), second)
            }
            for file in sightings.note(versions.values.map(\.file), in: ["/in"], at: .seconds(second)) {
                told.append(file)
                #expect(versions.values.contains { $0.file == file && second - $0.since >= 3 }, "seed \(seed)")
            }
            for (file, since) in versions.values where second - since >= 3 {
                #expect(told.filter { $0 == file }.count == 1, "seed \(seed)")
            }
        }
    }

    // MARK: - What is kept

    @Test func `What the server knows is found again, also behind a line that was cut`() throws {
        let path = "\(folder.path)/files"
        let names = ["a", "with space .", "with\nline", "back\\slash", "gone"].map { "\(folder.path)/\($0)" }
        for name in names { close(creat(name, 0o600)) }
        let files = names.map { SeenFile(path: $0, inode: 5, size: 6, modified: Timestamp(microseconds: -7)) }
        let (record, none) = try SeenFileRecord.open(path)
        #expect(none.isEmpty)
        try record.append(Array(files.prefix(2)))
        var content = try FileContent.read(path)
        content += Array("77 88 99 \(folder.path)/a".utf8)
        try FileContent.write(content, to: path)
        try record.append(Array(files.dropFirst(2)))
        unlink(names[4])
        let (_, found) = try SeenFileRecord.open(path)
        #expect(Set(found.values) == Set(files.dropLast()))
        #expect(try FileContent.read(path).count < content.count + 400)
    }

    @Test func `A scan finds files, and says what it cannot read`() throws {
        mkdir("\(folder.path)/in", 0o700)
        mkdir("\(folder.path)/in/d.csv", 0o700)
        for name in ["a.csv", "b.txt"] { close(creat("\(folder.path)/in/\(name)", 0o600)) }
        symlink("a.csv", "\(folder.path)/in/link.csv")
        symlink("nowhere", "\(folder.path)/in/broken.csv")
        let scan = FolderScan(try ["\(folder.path)/in/*.csv", "\(folder.path)/out/*"].map { try WatchPattern($0) })
        #expect(scan.files.map(\.path).sorted() == ["a", "link"].map { "\(folder.path)/in/\($0).csv" })
        #expect(scan.folders == ["\(folder.path)/in"])
        #expect(scan.troubles.keys.sorted() == ["\(folder.path)/out"])
    }

    // MARK: - The whole agent

    private var watching: FileWatching {
        get throws {
            FileWatching(
                patterns: [try WatchPattern("\(folder.path)/in/*.csv")], rest: .milliseconds(30),
                interval: .milliseconds(10))
        }
    }

    /// A file appears under its name with all that is in it.
    private func put(_ name: String, _ text: String) throws {
        try FileContent.write(text.utf8, to: "\(folder.path)/in/.new")
        rename("\(folder.path)/in/.new", "\(folder.path)/in/\(name)")
    }

    @Test func `A file is told of until the server has it, over sessions and agents, and then no more`() async throws {
        mkdir("\(folder.path)/in", 0o700)
        let server = try FakeServer()
        async let serving: Void = server.serve()
        server.change { $0.acknowledgesFiles = false }
        let first = try AgentHarness(folder, server: server, watching: try watching) {
            $0.reportRepeat = .milliseconds(50)
        }
        try put("a.csv", "one")
        #expect(await server.hears { $0.files.count >= 2 }, "without an answer it is said again")
        #expect(Set(server.now.files.map(\.path)) == ["\(folder.path)/in/a.csv"] && server.now.files[0].size == 3)
        _ = try await first.leave(.leave)

        server.change { $0.acknowledgesFiles = true }
        let known = server.now.files.count
        let second = try await AgentHarness.again(folder, server: server, watching: try watching)
        #expect(await server.hears { $0.files.count > known })
        #expect(server.now.files.last == server.now.files.first, "it is the same file for both")
        #expect(await eventually { contents("\(folder.path)/agent/files")?.contains("a.csv") == true })
        _ = try await second.leave(.leave)

        let third = try await AgentHarness.again(folder, server: server, watching: try watching)
        let before = server.now.files.count
        try put("b.csv", "two")
        #expect(await server.hears { $0.files.last?.path.hasSuffix("b.csv") == true })
        #expect(server.now.files.dropFirst(before).allSatisfy { $0.path.hasSuffix("b.csv") })
        try put("a.csv", "three")
        #expect(await server.hears { $0.files.last?.size == 5 }, "one that is replaced is another")
        _ = try await third.leave(.stop)
        await server.close()
        await serving
    }

    @Test func `A server that knows nothing of files is told nothing`() async throws {
        mkdir("\(folder.path)/in", 0o700)
        let server = try FakeServer()
        async let serving: Void = server.serve()
        server.change { $0.takesFiles = false }
        let agent = try AgentHarness(folder, server: server, watching: try watching)
        try put("a.csv", "one")
        let beats = server.now.heartbeats.count
        #expect(await server.hears { $0.heartbeats.count > beats + 3 })
        #expect(server.now.files == [])
        _ = try await agent.leave(.stop)
        await server.close()
        await serving
    }
}
