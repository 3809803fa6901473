import Domain
import Glibc
import Testing

@testable import DeploymentDocument

@Suite struct FileTests {
    @Test func `A folder stands for its document, and paths are relative to it`() throws {
        let folder = try TemporaryFolder()
        try folder.write("sluice.yaml", document("code: src\npython: {requirements: needs.txt}"))
        try folder.write("needs.txt", "# what it needs\n\nrequests==2.32.0\nnumpy\n")
        mkdir("\(folder.path)/src", 0o755)
        for path in [folder.path, folder.path + "/", folder.path + "/sluice.yaml"] {
            let (file, deployments) = try DocumentReader.read(path)
            #expect(file == "\(folder.path)/sluice.yaml")
            #expect(deployments.first?.code == .folder("\(folder.path)/src"))
            #expect(deployments.first?.python?.requirements == ["requests==2.32.0", "numpy"])
        }
    }

    @Test func `What is not there is said`() throws {
        let folder = try TemporaryFolder()
        #expect(throws: UnreadableDocument.self) { try DocumentReader.read("\(folder.path)/none.yaml") }
        #expect(throws: UnreadableDocument(reason: "the folder '\(folder.path)' has no sluice.yaml")) {
            try DocumentReader.read(folder.path)
        }
    }

    @Test func `What is no text is said`() throws {
        let folder = try TemporaryFolder()
        try folder.write("sluice.yaml", bytes: [0x66, 0xFF, 0xFE])
        #expect(throws: UnreadableDocument(reason: "'\(folder.path)/sluice.yaml' is not UTF-8")) {
            try DocumentReader.read(folder.path)
        }
        try folder.write("sluice.yaml", bytes: [0xEF, 0xBB, 0xBF] + Array(document("").utf8))
        #expect(try DocumentReader.read(folder.path).deployments.count == 1)
    }
}

/// A folder that is removed with its files when the test ends.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/sluice-document-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
        for name in ["sluice.yaml", "needs.txt"] { unlink("\(path)/\(name)") }
        rmdir("\(path)/src")
        rmdir(path)
    }

    func write(_ name: String, _ text: String) throws { try write(name, bytes: Array(text.utf8)) }

    func write(_ name: String, bytes: [UInt8]) throws {
        let file = try #require(fopen("\(path)/\(name)", "w"))
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }
}
