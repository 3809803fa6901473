import Testing

/// What runs write arrives whole, in order, and does no harm.
@Suite(.timeLimit(.minutes(5))) struct OutputTests {
    private func followed(_ script: String) async throws -> (status: Int32, output: String) {
        let place = try Installation()
        _ = try await place.startServer()
        _ = try place.startAgent()
        try await place.deploy("writer", script: script)
        let run = try await place.run("writer")
        try await place.wait(for: run, toBe: "COMPLETED", "FAILED")
        let logs = try await place.sluice("logs", run, "--json")
        return (logs.status, logs.output)
    }

    @Test func manyLinesQuicklyAreAllThereInOrder() async throws {
        let count = 100_000
        let (status, output) = try await followed("seq -f 'line %.0f of the run' \(count)\n")
        #expect(status == 0)
        var next = 1
        for piece in output.split(separator: "line ").dropFirst() {
            guard let number = Int(piece.prefix { $0.isNumber }) else { continue }
            #expect(number == next)
            guard number == next else { return }
            next += 1
        }
        #expect(next == count + 1)
    }

    @Test func anEndlessLineIsCutWithAMark() async throws {
        let (status, output) = try await followed("head -c 10000000 /dev/zero | tr '\\0' x; echo; echo after\n")
        #expect(status == 0)
        #expect(output.contains("cut") && output.contains("after"))
        #expect(output.utf8.count < 1_000_000)
    }

    @Test func binaryOutputBecomesText() async throws {
        let (status, output) = try await followed(
            "printf '\\000\\377\\376\\033[31m\\r\\n'; head -c 5000 /dev/urandom; echo end\n")
        #expect(status == 0)
        #expect(output.contains("end"))
    }
}
