import FoundationEssentials
import Glibc
import Testing

/// A file in a folder of its own, removed when the test ends.
final class TemporaryFile {
    let folder: String
    let path: String

    init(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        var template = Array("/tmp/sluice-cli-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
        path = "\(folder)/\(name)"
        try write(name, text, mode: mode)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        let file = try #require(fopen("\(folder)/\(name)", "w"))
        fputs(text, file)
        fclose(file)
        chmod("\(folder)/\(name)", mode)
    }
}
