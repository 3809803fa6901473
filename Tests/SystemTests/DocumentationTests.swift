import Glibc
import JSON
import TestSupport
import Testing

/// The README's tour, walked through as it is written: every file is made, every command is executed.
@Suite(.timeLimit(.minutes(5))) struct DocumentationTests {
    @Test func theTourOfTheReadmeWorks() async throws {
        let place = try Installation()
        let dev = try await startDev(place)
        // The page on the command line goes on where the tour ends.
        let commands = try await walk(through: ["README.md", "docs/cli.md"], in: place)
        #expect(commands >= 40, "the tour has been found")
        dev.signal(SIGINT)
        #expect(try await dev.wait() == 0, "\(dev.errors)")
        #expect((dev.output + dev.errors).contains("Both have ended"))
        let left = try await place.sluice("ps")
        #expect(left.status == 3, "ctrl-C ends the server too")
    }

    @Test(arguments: [("schedules", 9), ("sensors", 6)])
    func thePagesOnWhatStartsRunsAreTrue(_ name: String, _ least: Int) async throws {
        let place = try Installation()
        let server = try await place.startServer()
        let commands = try await walk(through: ["docs/\(name).md"], in: place)
        #expect(commands >= least, "the page has been found")
        #expect(server.exitStatus() == nil)
    }

    @Test func thePageOnOperatingIsTrue() async throws {
        let place = try Installation()
        let server = try await place.startServer()
        try await place.deploy("kept", script: "true\n")
        _ = try await place.run("kept")
        symlink(place.data, "\(place.sandbox.path)/data")
        let commands = try await walk(through: ["docs/operating.md"], in: place)
        #expect(commands >= 6, "the page has been found")
        #expect(server.exitStatus() == nil)
    }

    @Test(arguments: [("automations", 13), ("hooks", 7)])
    func thePagesOnWhatHappensAreTrue(_ name: String, _ least: Int) async throws {
        let place = try Installation()
        let server = try await place.startServer()
        try await place.deploy("built", script: "true\n", "parameters: {ref: string}")
        let commands = try await walk(through: ["docs/\(name).md"], in: place)
        #expect(commands >= least, "the page has been found")
        #expect(server.exitStatus() == nil)
    }

    @Test func thePageOnCodeIsTrue() async throws {
        let place = try Installation()
        let server = try await place.startServer()
        _ = try place.startAgent()
        let commands = try await walk(through: ["docs/code.md"], in: place)
        #expect(commands >= 6, "the page has been found")
        #expect(server.exitStatus() == nil)
    }

    /// Makes every file of the pages and executes every command, in their order.
    ///
    /// - Returns: how many commands there were.
    private func walk(through pages: [String], in place: Installation) async throws -> Int {
        var commands = 0
        for block in pages.flatMap({ FencedBlock.all(of: contents(of: "\(Repository.root)/\($0)")) }) {
            if let file = block.file {
                if file.contains("/") {
                    _ = try place.sandbox.folder(String(file.split(separator: "/")[0]), [:])
                }
                try place.sandbox.write(block.lines.joined(separator: "\n") + "\n", to: "\(place.sandbox.path)/\(file)")
            }
            guard block.language == "console" else { continue }
            for line in block.lines where line.hasPrefix("$ ") {
                commands += 1
                try await execute(String(line.dropFirst(2)), in: place)
            }
        }
        return commands
    }

    /// `sluice dev`, on ports of its own and from the repository's folder, where its samples are.
    private func startDev(_ place: Installation) async throws -> Program {
        let command = """
            cd '\(Repository.root)' && exec '\(Program.folder)/sluice' dev --http \(place.http) --agents \(place.agents) \
            --data '\(place.sandbox.path)/dev'
            """
        let dev = try Program("/bin/bash", ["-c", command], in: place.sandbox)
        _ = try await eventually("sluice dev") {
            try #require(dev.exitStatus() == nil, "sluice dev has ended: \(dev.errors)")
            return dev.output.contains("Ctrl-C ends") ? true : nil
        }
        return dev
    }

    /// Executes a command of the tour. One that says that it is refused must be; every other must succeed.
    private func execute(_ line: String, in place: Installation) async throws {
        if line == "sluice dev" || line.hasPrefix("sluice-agent ") { return }
        var command = line
        if command.contains("RUN") {
            let last = try #require(try await place.json("ps", "--all")[0]?["id"]?.stringValue)
            command = command.replacing("RUN", with: last)
        }
        let program = try Program(
            "/bin/bash", ["-c", "cd '\(place.sandbox.path)' && PATH='\(Program.folder)':$PATH && \(command)"],
            in: place.sandbox, environment: ["SLUICE_API_URL": "http://\(place.http)/api"])
        let status = try await program.wait(atMost: .seconds(120))
        if line.contains("# refused") {
            #expect(status != 0, "\(line)")
        } else {
            #expect(status == 0, "\(line): \(program.output) \(program.errors)")
        }
    }
}
