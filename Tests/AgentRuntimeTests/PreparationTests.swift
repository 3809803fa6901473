import AgentRuntime
import Bundles
import Domain
import Glibc
import Testing
import Wire

/// Code and Python environments, with the real agent.
@Suite(.timeLimit(.minutes(3)))
struct PreparationTests {
    private func withAgent(
        _ body: (FakeServer, TemporaryFolder) async throws -> Void
    ) async throws {
        let server = try FakeServer()
        let folder = TemporaryFolder()
        async let serving: Void = server.serve()
        let agent = try AgentHarness(folder, server: server, slots: 4)
        #expect(await server.hears { $0.credit == 4 })
        try await body(server, folder)
        _ = try await agent.leave(.stop)
        await server.close()
        await serving
    }

    /// A bundle of a few files, one of them large, that the server has.
    private func bundle(_ server: FakeServer, _ folder: TemporaryFolder) throws -> BundleReference {
        let source = "\(folder.path)/source"
        mkdir(source, 0o755)
        mkdir("\(source)/sub", 0o755)
        try write("#!/bin/sh\necho code in $(basename $PWD); echo changed > data.txt\n", to: "\(source)/flow.sh", 0o755)
        try write("original\n", to: "\(source)/data.txt")
        try write(String(repeating: "0123456789", count: 120_000), to: "\(source)/sub/large.txt")
        let packed = try BundlePacker().pack(source)
        server.change { $0.bundles[Hexadecimal.bytes(of: packed.bundle.digest.description) ?? []] = packed.bytes }
        return BundleReference(digest: packed.bundle.digest.description, size: packed.bundle.bytes)
    }

    private func write(_ text: String, to path: String, _ mode: mode_t = 0o644) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
        try #require(file >= 0)
        defer { close(file) }
        let bytes = Array(text.utf8)
        try #require(bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) } == bytes.count)
    }

    @Test func codeIsFetchedOnceAndEachRunHasItsOwn() async throws {
        try await withAgent { server, folder in
            let reference = try bundle(server, folder)
            server.change { $0.ignoredBundleRequest = 2 }
            let keys = (1...4).map { AttemptKey.test($0) }
            for key in keys {
                var assignment = Assignment.test(
                    key, ["sh", "-c", "cat data.txt; ./flow.sh; cat data.txt; wc -c sub/large.txt"])
                assignment.bundle = reference
                server.assign(assignment)
            }
            for key in keys {
                #expect(await server.hears { $0.end(of: key) != nil })
                #expect(server.now.end(of: key)?.cause == .exited(code: 0))
                #expect(server.now.text(of: key) == ["original", "code in work", "changed", "1200000 sub/large.txt"])
            }
            // Five chunks of 256 KiB, and at least the one that went unanswered asked for again. (A chunk that a busy
            // machine delays may be, too; what was fetched by each run for itself would be 20 of them.)
            #expect(Set(server.now.chunkOffsets).count == 5)
            #expect((6..<15).contains(server.now.bundleRequests))
            #expect(server.now.reports.contains { if case .preparing = $0.fact { true } else { false } })
        }
    }

    /// Directories serve one run after the other, and no run can tell.
    @Test func noRunFindsAnythingOfAnother() async throws {
        let habits = [
            "true", "touch left", "ln -s / root", "mkdir -p a/b; touch a/b/c", "chmod 000 .", "chmod 777 .",
            "echo '{}' > $SLUICE_PARAMETERS_FILE", "rm $SLUICE_PARAMETERS_FILE", "touch ../left",
            "ln $SLUICE_PARAMETERS_FILE ../link", "cd ..; rmdir work; ln -s /tmp work", "cd ..; rmdir work",
            "cp $SLUICE_PARAMETERS_FILE ../copy; mv ../copy $SLUICE_PARAMETERS_FILE",
            "rm $SLUICE_PARAMETERS_FILE; ln -s /dev/null $SLUICE_PARAMETERS_FILE", "chmod 644 $SLUICE_PARAMETERS_FILE",
        ]
        try await withAgent { server, folder in
            for (number, habit) in (habits + habits).enumerated() {
                let key = AttemptKey.test(UInt64(number + 1))
                let look = "ls -A . ..; stat -c '%a %F %h' . ..; stat -c '%a %F %h' $SLUICE_PARAMETERS_FILE"
                var assignment = Assignment.test(key, ["sh", "-c", "\(look); cat $SLUICE_PARAMETERS_FILE; \(habit)"])
                assignment.parameters =
                    #"{"number":\#(number),"padding":"\#(String(repeating: "x", count: 40 - number))"}"#
                server.assign(assignment)
                #expect(await server.hears { $0.end(of: key) != nil })
                let seen = server.now.text(of: key)
                #expect(
                    seen == [
                        ".:", "", "..:", "parameters.json", "work", "700 directory 2", "700 directory 3",
                        "600 regular file 1", assignment.parameters,
                    ], "after \(number == 0 ? "nothing" : (habits + habits)[number - 1])")
            }
        }
    }

    @Test func aRunStartsInItsWorkingDirectoryAndNowhereElse() async throws {
        try await withAgent { server, folder in
            let reference = try bundle(server, folder)
            let cases: [(String, String?)] = [
                ("sub", nil), ("./sub/../sub", nil),
                ("../..", "the working directory ../.. lies outside"),
                ("/tmp", "the working directory /tmp lies outside"),
                ("nowhere", "no such working directory in the deployment's code: nowhere"),
            ]
            for (number, (directory, refusal)) in cases.enumerated() {
                let key = AttemptKey.test(UInt64(number + 1))
                var assignment = Assignment.test(key, ["sh", "-c", "ls"])
                assignment.bundle = reference
                assignment.workingDirectory = directory
                server.assign(assignment)
                #expect(await server.hears { $0.end(of: key) != nil && $0.credit == 4 })
                if let refusal {
                    #expect(server.now.end(of: key)?.cause == .notStarted)
                    #expect(server.now.end(of: key)?.message?.hasPrefix(refusal) == true)
                } else {
                    #expect(server.now.text(of: key) == ["large.txt"])
                }
            }
        }
    }

    @Test func aBundleThatIsNotThereOrNotItselfIsReported() async throws {
        try await withAgent { server, folder in
            let missing = BundleReference(digest: String(repeating: "ab", count: 32), size: 100)
            var assignment = Assignment.test(.test(1), ["true"])
            assignment.bundle = missing
            server.assign(assignment)
            #expect(await server.hears { $0.end(of: .test(1)) != nil })
            #expect(server.now.end(of: .test(1))?.cause == .notStarted)
            #expect(
                server.now.end(of: .test(1))?.message == "the code (bundle abababababab) cannot be had: no such bundle")

            let reference = try bundle(server, folder)
            let digest = Hexadecimal.bytes(of: reference.digest) ?? []
            server.change { $0.bundles[digest]?[1000] ^= 1 }
            assignment = .test(.test(2), ["true"])
            assignment.bundle = reference
            server.assign(assignment)
            #expect(await server.hears { $0.end(of: .test(2)) != nil })
            #expect(server.now.end(of: .test(2))?.cause == .notStarted)
            // What was wrong is not kept: the right bytes are fetched anew.
            server.change { $0.bundles[digest]?[1000] ^= 1 }
            assignment.key = .test(3)
            server.assign(assignment)
            #expect(await server.hears { $0.end(of: .test(3))?.cause == .exited(code: 0) })
        }
    }

    @Test func aRunThatIsStillBeingPreparedCanBeStopped() async throws {
        try await withAgent { server, folder in
            let reference = try bundle(server, folder)
            server.change { $0.ignoredBundleRequest = 1 }
            var assignment = Assignment.test(.test(1), ["true"])
            assignment.bundle = reference
            server.assign(assignment)
            #expect(await server.hears { $0.bundleRequests == 1 })
            server.say(.stop(.test(1), grace: .zero, reason: "cancelled"))
            #expect(await server.hears { $0.end(of: .test(1))?.cause == .stopped })
            #expect(!server.now.hasStarted(.test(1)))
        }
    }

    /// Without requirements nothing is downloaded.
    @Test func aPythonEnvironmentIsMadeOnceAndShared() async throws {
        try await withAgent { server, folder in
            let keys = (1...3).map { AttemptKey.test($0) }
            for key in keys {
                var assignment = Assignment.test(key, ["python", "-c", "import sys; print(sys.prefix)"])
                assignment.python = PythonRequirements()
                server.assign(assignment)
            }
            var prefixes: Set<String> = []
            for key in keys {
                #expect(await server.hears(within: .seconds(100)) { $0.end(of: key) != nil })
                #expect(server.now.end(of: key)?.cause == .exited(code: 0), "\(server.now.end(of: key)?.message ?? "")")
                prefixes.formUnion(server.now.text(of: key))
            }
            #expect(prefixes.count == 1)
            let made = names(in: "\(folder.path)/agent/python")
            #expect(made.count == 1)
            #expect(prefixes.first?.hasSuffix("/python/\(made.first ?? "")") == true)
            #expect(await eventually { names(in: "\(folder.path)/agent/captures").isEmpty })
        }
    }

    @Test func aPythonEnvironmentThatCannotBeMadeSaysWhy() async throws {
        try await withAgent { server, folder in
            var assignment = Assignment.test(.test(1), ["true"])
            assignment.python = PythonRequirements(version: "9.99")
            server.assign(assignment)
            #expect(await server.hears { $0.end(of: .test(1)) != nil })
            #expect(server.now.end(of: .test(1))?.cause == .notStarted)
            let message = server.now.end(of: .test(1))?.message ?? ""
            #expect(message.hasPrefix("could not make a Python environment: command not found: python9.99"))

            // pip needs no network to find that a file is missing.
            assignment = .test(.test(2), ["true"])
            assignment.python = PythonRequirements(requirements: ["./no-such-package-here"])
            server.assign(assignment)
            #expect(await server.hears(within: .seconds(100)) { $0.end(of: .test(2)) != nil })
            #expect(server.now.end(of: .test(2))?.cause == .notStarted)
            let reason = server.now.end(of: .test(2))?.message ?? ""
            #expect(reason.hasPrefix("could not install the Python requirements: "))
            #expect(reason.contains("no-such-package-here"))
            #expect(names(in: "\(folder.path)/agent/python").isEmpty)
        }
    }
}
