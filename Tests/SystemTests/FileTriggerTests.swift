import Glibc
import JSON
import TestSupport
import Testing

/// Files that agents watch for, and the runs that they start.
@Suite(.timeLimit(.minutes(5))) struct FileTriggerTests {
    /// Two agents of one host watch the same folder; one of them and the server are killed, and more files come before
    /// they are back.
    @Test func `Each file starts one run, whoever is killed`() async throws {
        let place = try Installation()
        let (folder, done) = ("\(place.sandbox.path)/in", "\(place.sandbox.path)/done")
        mkdir(folder, 0o700)
        let watching = ["--watch", "\(folder)/*.csv", "--watch-rest", "100ms"]
        let server = try await place.startServer()
        try await place.deploy(
            "load", script: "echo $SLUICE_PARAMETERS >> '\(done)'",
            """
            parameters: {path: string}
            triggers:
              - {file: "\(folder)/*.csv", parameters: {path: "{{ event.payload.path }}"}}
            """)
        let agent = try place.startAgent("a1", slots: 4, watching)
        _ = try place.startAgent("a2", slots: 4, watching)
        try await put(1...3, in: folder, place, until: done)
        agent.signal(SIGKILL)
        server.signal(SIGKILL)
        try await agent.wait()
        try await server.wait()
        for number in 4...5 { try write("file \(number)", to: "\(folder)/f\(number).csv") }
        _ = try await place.startServer()
        _ = try place.startAgent("a1", slots: 4, watching)
        try await put(6...6, in: folder, place, until: done)
        let events = try await place.json("event", "ls", "--name", "sluice.file.appeared").arrayValue ?? []
        #expect(events.count == 6)
        let lines = contents(of: done).split(separator: "\n").map(String.init)
        #expect(lines.count == 6 && Set(lines).count == 6, "\(lines)")
    }

    /// Puts files there, and waits until each of these and of those before has had its run.
    private func put(
        _ numbers: ClosedRange<Int>, in folder: String, _ place: Installation, until done: String
    ) async throws {
        for number in numbers { try write("file \(number)", to: "\(folder)/f\(number).csv") }
        _ = try await eventually("the runs of \(numbers.upperBound) files") {
            contents(of: done).split(separator: "\n").count >= numbers.upperBound ? true : nil
        }
    }

    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }
}
