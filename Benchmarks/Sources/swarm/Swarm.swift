import ArgumentParser
import Glibc

/// Agents without children: they measure the server alone.
@main
struct Swarm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swarm",
        abstract: "Simulated agents over real connections, whose runs end the moment that they are assigned, or later.",
        discussion: """
            Prints a line of JSON. With --lives it ends after so many runs; without, it idles until it is killed, and says \
            `welcomed` when all agents have a session.
            """)

    @Option(help: "HOST:PORT where the server takes agents.")
    var server: String

    @Option(help: "How many agents.")
    var agents = 4

    @Option(help: "Slots of each.")
    var slots = 64

    @Option(help: "End after so many runs.")
    var lives: Int?

    @Option(help: "Milliseconds for which each run lasts.")
    var lasting = 0

    func run() async throws {
        let score = Score()
        let swarm = try (0..<agents).map {
            try SimulatedAgent(
                number: $0, slots: slots, lasting: .milliseconds(lasting), endpoint: server, score: score)
        }
        try await withThrowingTaskGroup { group in
            for agent in swarm { group.addTask { await agent.run() } }
            if let lives {
                let seconds = await score.seconds(until: lives)
                say(Self.result(lives, seconds, score.latencies))
            } else {
                while score.welcomed < agents { try await Task.sleep(for: .milliseconds(10)) }
                say("{\"welcomed\": \(agents)}")
                try await group.next()
            }
            group.cancelAll()
        }
    }

    private static func result(_ lives: Int, _ seconds: Double, _ latencies: [Double]) -> String {
        func percentile(_ percent: Int) -> Double {
            latencies.isEmpty ? 0 : latencies[min(latencies.count - 1, latencies.count * percent / 100)]
        }
        return "{\"lives\": \(lives), \"seconds\": \(seconds), \"p50_ms\": \(percentile(50)), "
            + "\"p99_ms\": \(percentile(99)), \"max_ms\": \(latencies.last ?? 0), \"measured\": \(latencies.count)}"
    }

    private func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
