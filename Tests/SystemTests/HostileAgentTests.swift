import Dispatch
import Domain
import Glibc
import JSON
import Synchronization
import TestSupport
import Testing
import Wire

/// Agents that mean harm, against the real server.
@Suite(.timeLimit(.minutes(5))) struct HostileAgentTests {
    private func hello(_ id: ID<Agent>, _ number: Int) -> [UInt8] {
        Envelope(
            session: 0,
            body: AgentMessage.hello(
                Hello(
                    agentID: id, name: "ghost-\(number)", host: "here", agentVersion: "0", pool: "default", queues: [],
                    slots: 1, labels: [:], holding: [], processID: 1))
        ).encoded()
    }

    /// They connect, say hello, and are gone without a goodbye.
    @Test func aThousandAgentsThatVanish() async throws {
        let place = try Installation()
        let server = try await place.startServer()
        var random = SeededGenerator(seed: 1)
        let ids: [ID<Agent>] = (0..<1000).map { _ in ID(at: Timestamp(microseconds: 1_000_000), from: &random) }
        let files = server.openFiles
        var sizes: [Int] = []
        for _ in 0..<4 * Int(Fuzz.factor) {
            for tens in 0..<10 {
                let peers = try ids[tens * 100..<tens * 100 + 100].enumerated().map { number, id in
                    let peer = try RawPeer(port: place.agentsPort)
                    peer.greet(identity: id.bytes)
                    try peer.awaitGreeting()
                    peer.say(hello(id, tens * 100 + number))
                    return peer
                }
                // The last of them is let in before all of them go.
                _ = try await eventually("their welcome") {
                    server.errors.contains("ghost-\(tens * 100 + 99)") ? true : nil
                }
                for peer in peers { peer.close() }
            }
            _ = try await eventually("their connections' end") { server.openFiles <= files + 10 ? true : nil }
            sizes.append(server.residentBytes)
        }
        print("1,000 agents that vanish: \(sizes.map { $0 >> 20 }) MiB")
        #expect(sizes[3] - sizes[1] < 32 << 20, "\(sizes)")
        #expect(try await place.isServed())
        #expect(server.exitStatus() == nil)
    }

    /// Frames of garbage, as fast as the connection takes them, and connections that are none.
    @Test func aFloodOfGarbageDisturbsNobody() async throws {
        let place = try Installation()
        let server = try await place.startServer()
        _ = try place.startAgent("good", slots: 2)
        try await place.deploy("good", script: "echo fine\n")
        let before = server.residentBytes
        let port = place.agentsPort
        let floods = (0..<2 as Range<UInt64>).map { Flood(port: port, seed: $0) }
        let batch = try await place.sluice(
            "batch", "sample/good", "--follow", "--from", "-", "--format", "jsonl",
            input: String(repeating: "{}\n", count: 40))
        let sent = floods.reduce(0) { $0 + $1.stop() }
        #expect(batch.status == 0, "\(batch.errors)")
        #expect(sent > 1000, "there was a flood")
        let growth = server.residentBytes - before
        print("\(sent) frames of garbage: \(growth >> 20) MiB more")
        #expect(growth < 128 << 20)
        #expect(server.errors.utf8.count < 1 << 20, "nor does it fill the log")
        #expect(server.exitStatus() == nil)
    }
}

/// Sends garbage until it is told to stop, from a thread of its own: tasks have other things to do.
private final class Flood: Sendable {
    private let sent = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)

    init(port: Int, seed: UInt64) {
        DispatchQueue.global().async { [self] in
            var random = SeededGenerator(seed: seed)
            while !isStopped.load(ordering: .relaxed) { try? pour(port, &random) }
        }
    }

    /// - Returns: how many frames were sent.
    func stop() -> Int {
        isStopped.store(true, ordering: .relaxed)
        return sent.load(ordering: .relaxed)
    }

    private func pour(_ port: Int, _ random: inout SeededGenerator) throws {
        let stranger = try RawPeer(port: port)
        stranger.write(random.bytes(3000))
        stranger.close()
        let peer = try RawPeer(port: port)
        peer.greet(identity: random.bytes(16))
        try peer.awaitGreeting()
        for number in 0..<2000 where !isStopped.load(ordering: .relaxed) {
            // Every third is sound, of a session that is not there.
            peer.say(number % 3 == 0 ? Self.ready : random.bytes(random.choice(of: 200)))
            sent.add(1, ordering: .relaxed)
        }
        peer.close()
    }

    private static let ready = Envelope(session: 7, body: AgentMessage.ready(credit: 5, assignmentsSeen: 0)).encoded()
}
