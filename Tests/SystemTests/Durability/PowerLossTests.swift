import Glibc
import HTTPClient
import JSON
import TestSupport
import Testing

/// What was acknowledged is there after the loss of power, which takes all that was not synced.
@Suite(.timeLimit(.minutes(10)), .serialized) struct PowerLossTests {
    /// What came of some losses of power.
    private struct Losses {
        var acknowledged = 0
        var complaints: [String] = []
    }

    /// Loses the power again and again while clients submit.
    private func lose(times: Int, _ faults: FaultyDisk.Faults, checked: Bool = true) async throws -> Losses {
        let place = try Installation()
        var chance = SeededGenerator(seed: UInt64(faults.seed))
        var losses = Losses()
        var disk = try FaultyDisk(under: place)
        var server = try await place.startServer(environment: disk.environment)
        let deployment = try await place.submissible()
        for round in 1...times {
            if round == 1, faults.lies {
                // The deployment is there; what comes from now on is not synced.
                server.signal(SIGTERM)
                try await server.wait()
                disk = try FaultyDisk(under: place, faults)
                server = try await place.startServer(environment: disk.environment)
            }
            let clients = SubmittingClients(
                api: "http://\(place.http)/api", deployment: deployment, prefix: "p\(round)-")
            async let submitting: Void = clients.run(seed: round)
            _ = try await eventually("some acknowledgements") {
                clients.ledger.all.acknowledged > 10 ? true : nil
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...150, using: &chance)))
            server.signal(SIGKILL)
            try await server.wait()
            await submitting
            try disk.losePower()
            if checked { try await place.expectSoundData("round \(round)") }
            var next = faults
            next.seed += round
            disk = try FaultyDisk(under: place, next)
            server = try await place.startServer(environment: disk.environment)
            losses.complaints += clients.ledger.all.complaints(about: try await clients.stored())
            losses.acknowledged += clients.ledger.all.acknowledged
        }
        return losses
    }

    @Test(arguments: [0, 30])
    func whatWasAcknowledgedSurvivesALossOfPower(writtenBackEarly leak: Int) async throws {
        let losses = try await lose(times: 5, FaultyDisk.Faults(leak: leak, seed: 7))
        #expect(losses.complaints.isEmpty)
        #expect(losses.acknowledged > 50)
    }

    /// The test above would notice a missing sync.
    @Test func aDiskThatLiesIsFoundOut() async throws {
        let losses = try await lose(times: 1, FaultyDisk.Faults(lies: true), checked: false)
        #expect(losses.complaints.contains { $0.contains("lost") }, "of \(losses.acknowledged) acknowledgements")
    }

    @Test func logLinesSurviveALossOfPower() async throws {
        let place = try Installation()
        let disk = try FaultyDisk(under: place, FaultyDisk.Faults(leak: 20))
        let server = try await place.startServer(environment: disk.environment)
        let (session, lines) = (HTTPSession(), "http://\(place.http)/api/logs")
        for number in 1...30 {
            let line: JSONValue = [
                "name": "test", "level": 20, "message": .string("line \(number)."),
                "timestamp": "2026-01-01T00:00:00Z",
            ]
            let answer = try await session.send(
                HTTPRequest(
                    .post, lines, headers: ["Content-Type": "application/json"],
                    body: .text(JSONValue.array([line]).serialized())))
            #expect(answer.isSuccess, "\(answer.text)")
        }
        server.signal(SIGKILL)
        try await server.wait()
        try disk.losePower()
        try await place.expectSoundData()
        _ = try await place.startServer()
        let answer = try await session.send(
            HTTPRequest(
                .post, "\(lines)/filter", headers: ["Content-Type": "application/json"], body: .text("{\"limit\": 200}")
            ))
        for number in 1...30 { #expect(answer.text.contains("line \(number).")) }
    }

    @Test func aDeploymentAndItsCodeSurviveALossOfPower() async throws {
        let place = try Installation()
        let disk = try FaultyDisk(under: place)
        let server = try await place.startServer(environment: disk.environment)
        try await place.deploy("kept", script: "echo kept\n")
        server.signal(SIGKILL)
        try await server.wait()
        try disk.losePower()
        try await place.expectSoundData()
        _ = try await place.startServer()
        _ = try place.startAgent()
        let followed = try await place.sluice("run", "sample/kept", "--follow")
        #expect(followed.status == 0 && followed.output.contains("kept"), "\(followed.errors)")
    }
}
