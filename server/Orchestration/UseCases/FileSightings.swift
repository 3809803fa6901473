import Bundles
public import Domain
import JSON

/// A file that has appeared on an agent's host, or has been replaced.
public struct FileSighting: Sendable, Hashable {
    /// Absolute, on that host.
    public let path: String
    public let inode: UInt64
    /// In bytes.
    public let size: UInt64
    /// When it was last written to, by the clock of its file system.
    public let modified: Timestamp

    public init(path: String, inode: UInt64, size: UInt64, modified: Timestamp) {
        self.path = path
        self.inode = inode
        self.size = size
        self.modified = modified
    }
}

extension Orchestrator {
    /// What events tell that a file has appeared.
    public static let fileAppeared = "sluice.file.appeared"

    /// Tells of files as events. One that is told again, by this agent or by another on the same host, is known.
    public func take(_ files: [FileSighting], from agent: Agent) async throws {
        let now = now
        try await take(files.map { $0.event(on: agent, at: now) })
    }
}

extension FileSighting {
    func event(on agent: Agent, at now: Timestamp) -> Event {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        let name = String(path[end...].drop { $0 == "/" })
        let folder = end == path.startIndex ? "/" : String(path[..<end])
        let labels: JSONObject = [
            "prefect.resource.id": .string("sluice.file.\(agent.host)\(path)"), "prefect.resource.name": .string(name),
            "sluice.file.host": .string(agent.host), "sluice.file.folder": .string(folder),
            "sluice.file.name": .string(name),
        ]
        let watcher: JSONObject = [
            "prefect.resource.id": .string("sluice.agent.\(agent.id)"), "prefect.resource.name": .string(agent.name),
            "prefect.resource.role": "agent",
        ]
        return Event(
            id: id(on: agent.host), occurred: now, received: now, name: Orchestrator.fileAppeared,
            resource: EventResource(labels: labels), related: [EventResource(labels: watcher)],
            payload: [
                "path": .string(path), "host": .string(agent.host), "folder": .string(folder), "name": .string(name),
                "size": .integer(Int64(clamping: size)), "modified": modified.json,
            ])
    }

    /// The same for the same file as it was then: a UUID of version 8 (RFC 9562 §5.8), of a digest.
    private func id(on host: String) -> ID<Event> {
        var hash = SHA256()
        hash.update(Array("\(host)\n\(path)\n\(inode) \(size) \(modified.microseconds)".utf8))
        // The version and the variant stand among the digits.
        let digits = Array(hash.digest().description)
        let groups = [digits[0..<8], digits[8..<12], ["8"] + digits[13..<16], ["8"] + digits[17..<20], digits[20..<32]]
        return ID(groups.map { String($0) }.joined(separator: "-")) ?? .first(at: modified)
    }
}
