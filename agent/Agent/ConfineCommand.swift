import Containers
import Executors
import Glibc
import JSON

/// `sluice-agent confine FILE`: what a process with limits of its own begins as. Not for people, so no part of the help.
enum ConfineCommand {
    static let name = "confine"

    /// Becomes the program. Returns only when that failed, with the exit code that says so.
    static func run(_ arguments: [String]) -> Int32 {
        guard let path = arguments.first, let bytes = SmallFile.read(path), let value = try? JSONValue(parsing: bytes),
            let confinement = try? Confinement(reading: JSONReader(value))
        else { return fail("no confinement to read", 125) }
        let (reason, code) = confinement.execute()
        return fail(reason, code)
    }

    private static func fail(_ reason: String, _ code: Int32) -> Int32 {
        let text = Array("sluice-agent: \(reason)\n".utf8)
        _ = text.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        return code
    }
}
