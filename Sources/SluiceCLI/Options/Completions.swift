import APIClient
import ArgumentParser
import Domain
import JSON

/// What a shell offers for an argument: asked of the server when somebody presses the tab key. A server that is not
/// there, or takes too long, has nothing to offer, and nothing is said of it.
extension CompletionKind {
    static let deployments = names { connection, _ in try await connection.deployments().map(\.path) }
    static let flows = names { connection, _ in try await connection.flows().map(\.name) }
    static let pools = names { connection, _ in try await connection.pools().map(\.name) }
    static let variables = names { connection, _ in try await connection.variables().map(\.name) }
    static let blocks = names { connection, _ in try await connection.blocks().map(\.path) }
    static let secrets = names { connection, _ in
        try await connection.blocks(ofType: APIConnection.secretType).compactMap(\.name)
    }
    static let automations = names { connection, _ in try await connection.automations().map(\.name) }
    static let hooks = names { connection, _ in try await connection.hooks().map(\.name) }
    static let sensors = names { connection, _ in try await connection.sensors().map(\.name) }
    static let agents = names { connection, _ in try await connection.agents().map(\.name) }

    /// Those of the pool that is named already, if one is.
    static let queues = names { connection, words in
        let pool = value(of: "--pool", in: words)
        return try await connection.queues().filter { pool == nil || $0.poolName == pool }.map(\.name)
    }

    /// The newest, by id and by name.
    static let runs = names { connection, _ in
        try await connection.runs(["sort": "ID_DESC"], limit: newest).flatMap { [$0.id, $0.name] }
    }
    static let batches = names { connection, _ in
        try await connection.batches([:], limit: newest).flatMap { [$0.id] + ($0.name.map { [$0] } ?? []) }
    }

    private static let newest = 50
    private static let patience: Duration = .seconds(2)

    private static func names(
        _ ask: @escaping @Sendable (APIConnection, [String]) async throws -> [String]
    ) -> CompletionKind {
        .custom { words, _, prefix in
            var options = ServerOptions()
            options.api = value(of: "--api", in: words)
            options.json = false
            let connection = options.connection()
            let found = await withTaskGroup(of: [String]?.self) { group in
                group.addTask { try? await ask(connection, words) }
                group.addTask {
                    try? await Task.sleep(for: patience)
                    return nil
                }
                defer { group.cancelAll() }
                return await group.next() ?? nil
            }
            var seen: Set<String> = []
            return (found ?? []).filter { $0.hasPrefix(prefix) && seen.insert($0).inserted }
        }
    }

    /// `VALUE` of `--option VALUE` or `--option=VALUE`.
    private static func value(of option: String, in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word == option, words.indices.contains(index + 1) { return words[index + 1] }
            if word.hasPrefix("\(option)=") { return String(word.dropFirst(option.count + 1)) }
        }
        return nil
    }
}
