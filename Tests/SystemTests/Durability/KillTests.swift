import Glibc
import JSON
import TestSupport
import Testing

/// What was acknowledged is there after the server was killed, at whatever moment that was.
@Suite(.timeLimit(.minutes(60)), .serialized) struct KillTests {
    /// `scripts/kill-rounds` asks for more of them.
    private static let rounds = getenv("DURABILITY_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 20
    /// A round's data are looked through as a whole: they are begun anew before that takes long.
    private static let roundsOfOneDisk = 25

    @Test func whatWasAcknowledgedSurvivesAKill() async throws {
        var chance = SeededGenerator(seed: 2026)
        var (acknowledged, submitted) = (0, 0)
        var round = 0
        while round < Self.rounds {
            let place = try Installation()
            var server = try await place.startServer()
            let deployment = try await place.submissible()
            for _ in 0..<min(Self.roundsOfOneDisk, Self.rounds - round) {
                round += 1
                let clients = SubmittingClients(
                    api: "http://\(place.http)/api", deployment: deployment, prefix: "k\(round)-")
                let moment = Duration.milliseconds(Int.random(in: 5...250, using: &chance))
                let seed = round
                async let submitting: Void = clients.run(seed: seed)
                try await Task.sleep(for: moment)
                server.signal(SIGKILL)
                try await server.wait()
                await submitting
                if round.isMultiple(of: 2) { try await place.expectSoundData() }
                server = try await place.startServer()
                try await clients.repeatUnanswered()
                if !round.isMultiple(of: 2) { try await place.expectSoundData() }
                let complaints = clients.ledger.all.complaints(about: try await clients.stored())
                #expect(complaints.isEmpty, "round \(round), killed after \(moment): \(complaints)")
                acknowledged += clients.ledger.all.acknowledged
                submitted += try await clients.stored().count
            }
        }
        print("kills: \(Self.rounds), acknowledgements: \(acknowledged), runs stored: \(submitted), lost or doubled: 0")
        #expect(acknowledged > Self.rounds, "the clients have been at work")
    }
}

extension Installation {
    /// A deployment whose runs wait, since no agent is there.
    ///
    /// - Returns: its id.
    func submissible() async throws -> String {
        try await deploy("waits", script: "true\n")
        let listed = try await json("deployment", "ls")
        return try #require(listed[0]?["id"]?.stringValue, "\(listed)")
    }

    /// Has `sluice-server check` look through the data.
    func expectSoundData(_ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let check = try Program("sluice-server", ["check", "--data", data], in: sandbox)
        let status = try await check.wait()
        #expect(status == 0, "\(comment) \(check.output) \(check.errors)", sourceLocation: sourceLocation)
    }
}
