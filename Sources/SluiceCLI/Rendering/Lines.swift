import APIClient
import Domain

/// Command lines that are offered to be copied, and sentences that several commands say.
enum Lines {
    /// A word as a shell takes it for one.
    static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_./:=,@%+".utf8.contains(byte)
                }
            }
        return isPlain ? text : "'\(text.replacing("'", with: #"'\''"#))'"
    }

    /// What becomes of runs whose place goes away.
    static func waitingRuns(_ count: Int) -> String {
        count == 0 ? "No run waits there." : "\(HumanAmount.of(count, "run")) waiting there: cancelled."
    }

    /// `HOST:PORT` where agents reach the server.
    static func agentEndpoint(_ connection: APIConnection) async -> String {
        (try? await connection.server().agentEndpoint) ?? "HOST:4201"
    }

    /// The line that starts an agent for a queue.
    static func agent(server: String, pool: String, queue: String) -> String {
        "sluice-agent --server \(server) --pool \(quoted(pool)) --queue \(quoted(queue))"
    }

    /// That nobody would execute what waits in a queue, and what to do.
    static func unserved(
        _ connection: APIConnection, pool: String, queue: String
    ) async -> String {
        let server = await agentEndpoint(connection)
        return """
            No agent serves the queue '\(queue)' of the pool '\(pool)': runs wait there until one does. Start one:
              \(agent(server: server, pool: pool, queue: queue))
            """
    }
}

extension Sequence<String> {
    /// For each id, as few of its first letters as tell it from the others, and never fewer than a moment's.
    func shortened() -> [String] {
        let all = Array(self)
        let sorted = all.sorted()
        var lengths: [String: Int] = [:]
        for (index, id) in sorted.enumerated() {
            var shared = 0
            for neighbour in [index - 1, index + 1] where sorted.indices.contains(neighbour) && sorted[neighbour] != id
            {
                shared = Swift.max(shared, zip(id, sorted[neighbour]).prefix { $0 == $1 }.count)
            }
            lengths[id] = Swift.max(13, shared + 2)
        }
        return all.map { id in
            let text = id.prefix(lengths[id] ?? 36)
            return String(text.last == "-" ? text.dropLast() : text)
        }
    }
}
