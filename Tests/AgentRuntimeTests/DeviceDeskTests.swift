import Domain
import Glibc
import Testing

@testable import AgentRuntime
@testable import Executors

/// Graphics processors are handed out to one run each.
@Suite struct DeviceDeskTests {
    private let folder = TemporaryFolder()

    private func desk(_ devices: String...) -> DeviceDesk { DeviceDesk(devices: devices, directory: folder.path) }
    private func name(_ text: String) -> ChildName { .tool(text) }

    @Test func noneIsHandedOutTwice() throws {
        let desk = desk("0", "1", "GPU-c")
        #expect(try desk.take(2, for: name("a")) == ["0", "1"])
        #expect(try desk.take(1, for: name("b")) == ["GPU-c"])
        let shortage = #expect(throws: DeviceShortage.self) { try desk.take(1, for: name("c")) }
        #expect(
            shortage?.description
                == "it wants 1 graphics processors, and its agent hands out these: 0, 1, GPU-c; a, b still hold some of them"
        )
        desk.free(name("a"))
        desk.free(name("nobody"))
        #expect(try desk.take(1, for: name("c")) == ["0"])
        desk.freeAll()
        #expect(try desk.take(3, for: name("d")) == ["0", "1", "GPU-c"])
    }

    @Test func theNextAgentKnowsWhatAdoptedRunsHave() throws {
        let first = desk("0", "1")
        _ = try first.take(1, for: name("ended"))
        _ = try first.take(1, for: name("living"))
        let second = desk("0", "1")
        second.recover([name("living"), name("without")])
        #expect(try second.take(1, for: name("next")) == ["0"])
        #expect(throws: DeviceShortage.self) { try second.take(1, for: name("more")) }
        second.free(name("living"))
        second.free(name("next"))
        #expect(try FileNames.of(folder.path).isEmpty)
    }

    @Test func whatCannotBeWrittenDownIsNotHandedOut() {
        let desk = DeviceDesk(devices: ["0"], directory: "\(folder.path)/a/b/c")
        #expect(throws: DeviceShortage.self) { try desk.take(1, for: name("a")) }
    }
}

/// What a folder holds.
private enum FileNames {
    static func of(_ folder: String) throws -> [String] {
        let listing = try #require(opendir(folder))
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }
}
