import Containers
import Executors
import Glibc
import JSON

/// `sluice-agent confine FILE`: what a process with limits of its own begins as. Not for people, so no part of the help.
enum ConfineCommand {
    static let name = "confine"

    /// Becomes the program. Returns only when that failed: the agent finds the reason where it wants it written.
    static func run(_ arguments: [String]) -> Int32 {
        guard let path = arguments.first, let bytes = SmallFile.read(path), let value = try? JSONValue(parsing: bytes),
            let confinement = try? Confinement(reading: JSONReader(value))
        else {
            let text = Array("sluice-agent: no confinement to read\n".utf8)
            _ = text.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
            return 125
        }
        confinement.execute()
        return 125
    }
}
