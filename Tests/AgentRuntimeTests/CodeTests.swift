import AgentRuntime
import Bundles
import Domain
import Glibc
import TestSupport
import Testing
import Wire

/// Code from elsewhere than from the server, with the real agent, real git and real HTTP.
@Suite(.timeLimit(.minutes(4)))
struct CodeTests {
    private func withAgent(
        _ body: (FakeServer, TemporaryFolder, CodeHost) async throws -> Void
    ) async throws {
        let server = try FakeServer()
        let folder = TemporaryFolder()
        mkdir("\(folder.path)/host", 0o755)
        let host = try CodeHost(in: "\(folder.path)/host")
        async let serving: Void = server.serve()
        let agent = try AgentHarness(folder, server: server, slots: 4)
        #expect(await server.hears { $0.credit == 4 })
        try await body(server, folder, host)
        _ = try await agent.leave(.stop)
        await server.close()
        await serving
    }

    /// Executes `cat` of what is there, to its end.
    private func run(
        _ number: UInt64, _ source: CodeSource, on server: FakeServer, _ command: String = "cat flow.txt"
    ) async throws -> (end: AttemptEnd, output: [String], revision: String?) {
        let key = AttemptKey.test(number)
        var assignment = Assignment.test(key, ["sh", "-c", command])
        assignment.code = source
        server.assign(assignment)
        #expect(await server.hears(within: .seconds(60)) { $0.end(of: key) != nil })
        let end = try #require(server.now.end(of: key))
        return (end, server.now.text(of: key), server.now.codeRevision(of: key))
    }

    private func refusal(_ number: UInt64, _ source: CodeSource, on server: FakeServer) async throws -> String {
        let outcome = try await run(number, source, on: server)
        #expect(outcome.end.cause == .notStarted && outcome.end.lackedCode)
        let message = outcome.end.message ?? ""
        #expect(message.hasPrefix("the code (\(source)) cannot be had: "), "\(message)")
        return message
    }

    @Test func whatIsPushedToABranchIsWhatTheNextAttemptExecutes() async throws {
        try await withAgent { server, _, host in
            host.makeRepository("flows", ["flow.txt": "first\n", "sub/inner/a.sh": "echo inner"])
            let url = "file://\(host.folder)/flows.git"
            let branch = CodeSource(.git, [.url: url, .branch: "main"])
            let first = try await run(1, branch, on: server, "cat flow.txt; ls -A; echo changed > flow.txt")
            #expect(first.output == ["first", "flow.txt", "sub"], "\(first.end)")
            let old = try #require(first.revision)
            let new = host.push(
                to: "flows", ["flow.txt": "second\n"], more: "git tag v2 && git tag -m yes v2-annotated")
            let second = try await run(2, branch, on: server)
            #expect(second.output == ["second"] && second.revision == new && new != old)
            // Without a name it is the repository's own branch; a tag, also one with a message, is its commit.
            for (number, setting) in [(3, [:]), (4, [.tag: "v2"]), (5, [.tag: "v2-annotated"]), (6, [.commit: new])]
                as [(UInt64, [CodeSource.Setting: String])]
            {
                let outcome = try await run(
                    number, CodeSource(.git, setting.merging([.url: url]) { $1 }), on: server)
                #expect(outcome.output == ["second"] && outcome.revision == new, "\(setting): \(outcome.end)")
            }
            let earlier = try await run(7, CodeSource(.git, [.url: url, .commit: old]), on: server)
            #expect(earlier.output == ["first"])
            let inner = try await run(
                8, CodeSource(.git, [.url: url, .folder: "sub/inner"]), on: server, "ls -A; sh a.sh")
            #expect(inner.output == ["a.sh", "inner"])
        }
    }

    @Test func whatIsNotInARepositoryIsNamed() async throws {
        try await withAgent { server, _, host in
            host.makeRepository("flows", ["flow.txt": "first\n"])
            let url = "file://\(host.folder)/flows.git"
            let port = try ClosedPort()
            let absent = String(repeating: "ab", count: 20)
            let cases: [([CodeSource.Setting: String], String)] = [
                ([.url: url, .branch: "nowhere"], "there is no branch 'nowhere' there"),
                ([.url: url, .tag: "v9"], "there is no tag 'v9' there"),
                ([.url: url, .commit: absent], "there is no commit \(absent)"),
                ([.url: url, .folder: "nowhere"], "there is no folder 'nowhere' in the commit"),
                ([.url: url + "x"], "there is no such repository"),
                ([.url: "http://127.0.0.1:\(port.port)/flows.git"], "the host cannot be reached"),
                // A server that was hacked, or an older one that does not check, must not make git do other things.
                ([.url: "ext::sh -c 'touch /tmp/x'"], "no address of a repository"),
                ([.url: url, .branch: "--upload-pack=id"], "no name that git knows"),
            ]
            for (number, (settings, words)) in cases.enumerated() {
                let message = try await refusal(UInt64(number + 1), CodeSource(.git, settings), on: server)
                #expect(message.contains(words), "\(message)")
            }
        }
    }

    @Test func aLinkThatLeadsOutOfARepositoryIsRefused() async throws {
        try await withAgent { server, _, host in
            host.makeRepository("flows", ["flow.txt": "first\n"])
            host.push(
                to: "flows", ["a": "a"],
                more: "ln -s ../../../../etc out && git add -A && git -c user.name=a -c user.email=a@b commit -q -m b")
            let message = try await refusal(
                1, CodeSource(.git, [.url: "file://\(host.folder)/flows.git"]), on: server)
            #expect(message.contains("leads outside"), "\(message)")
        }
    }

    @Test func aPrivateRepositoryIsReadWithATokenThatNobodySees() async throws {
        try await withAgent { server, folder, host in
            mkdir("\(host.folder)/private", 0o755)
            host.makeRepository("private/flows", ["flow.txt": "secret flow\n"])
            let url = "\(host.url)/private/flows.git"
            let none = try await refusal(1, CodeSource(.git, [.url: url]), on: server)
            #expect(none.contains("give the code a 'token'"), "\(none)")
            let wrong = try await refusal(2, CodeSource(.git, [.url: url, .token: "not-the-right-one"]), on: server)
            #expect(wrong.contains("refuses the token") && !wrong.contains("not-the-right-one"), "\(wrong)")
            let right = CodeSource(.git, [.url: url, .branch: "main", .token: CodeHost.token])
            let outcome = try await run(
                3, right, on: server, "cat flow.txt; env | grep -c of-this-test; cat ../* 2>&1 | grep -c of-this-test")
            #expect(outcome.output == ["secret flow", "0", "0"], "\(outcome.end)")
            #expect(!CodeHost.shell("grep -rqa \(CodeHost.token) '\(folder.path)/agent'"))
        }
    }

    @Test func severalRunsAtOnceFetchOnce() async throws {
        try await withAgent { server, _, host in
            host.makeRepository("flows", ["flow.txt": "shared\n"])
            let source = CodeSource(.git, [.url: "\(host.url)/flows.git", .branch: "main"])
            let keys = (1...4).map { AttemptKey.test($0) }
            for key in keys {
                var assignment = Assignment.test(key, ["cat", "flow.txt"])
                assignment.code = source
                server.assign(assignment)
            }
            for key in keys {
                #expect(await server.hears(within: .seconds(60)) { $0.end(of: key)?.cause == .exited(code: 0) })
                #expect(server.now.text(of: key) == ["shared"])
            }
            #expect(host.requests.count { $0.hasSuffix(" fetch") } == 1, "\(host.requests)")
            host.forget()
            _ = try await run(5, source, on: server)
            #expect(!host.requests.isEmpty && !host.requests.contains { $0.hasSuffix(" fetch") })
        }
    }

    @Test func anArchiveIsFetchedWhenItHasChanged() async throws {
        try await withAgent { server, _, host in
            func make(_ text: String) {
                CodeHost.shell(
                    """
                    cd '\(host.folder)' && mkdir -p top/sub && echo \(text) > top/flow.txt && echo deep > top/sub/flow.txt \
                    && tar -czf a.tgz -C top . && tar -czf nested.tgz top
                    """)
            }
            make("one")
            let source = CodeSource(.archive, [.url: "\(host.url)/a.tgz"])
            let first = try await run(1, source, on: server)
            #expect(first.output == ["one"] && first.revision?.hasPrefix("sha256:") == true, "\(first.end)")
            let digest = String(first.revision?.dropFirst(7) ?? "")
            #expect(try await run(2, source, on: server).revision == first.revision)
            make("two")
            let second = try await run(3, source, on: server)
            #expect(second.output == ["two"] && second.revision != first.revision)
            // What is named by its digest is there, and nobody is asked for it; by another name it is verified.
            host.forget()
            let known = CodeSource(.archive, [.url: "\(host.url)/a.tgz", .sha256: digest])
            #expect(try await run(4, known, on: server).output == ["one"])
            #expect(host.requests.isEmpty)
            let folder = CodeSource(.archive, [.url: "\(host.url)/nested.tgz", .folder: "top/sub"])
            #expect(try await run(5, folder, on: server).output == ["deep"])
            let led = CodeSource(.archive, [.url: "\(host.url)/elsewhere/a.tgz"])
            #expect(try await run(6, led, on: server).output == ["two"])
        }
    }

    @Test func anArchiveThatIsNotItselfOrHostileIsRefused() async throws {
        try await withAgent { server, folder, host in
            mkdir("\(host.folder)/private", 0o755)
            CodeHost.shell(
                """
                cd '\(host.folder)' && echo x > flow.txt && tar -cf a.tar flow.txt && cp a.tar private/ \
                && tar -cPf escape.tar "\(host.folder)/flow.txt" && head -c 700 a.tar | tail -c 600 > broken.tar
                """)
            let port = try ClosedPort()
            let other = String(repeating: "0f", count: 32)
            let closed = "\(host.url)/private/a.tar"
            let cases: [([CodeSource.Setting: String], String)] = [
                ([.url: "\(host.url)/a.tar", .sha256: other], "where \(other) was expected"),
                ([.url: "\(host.url)/escape.tar"], "it is absolute"),
                ([.url: "\(host.url)/broken.tar"], "neither a zip nor a tar archive"),
                ([.url: "\(host.url)/nothing.tar"], "status 404"),
                ([.url: closed], "give the code a 'token'"),
                ([.url: closed, .token: "not-the-right-one"], "the token may not read it"),
                // The token is not for the server that this one leads to.
                ([.url: "\(host.url)/elsewhere/private/a.tar", .token: CodeHost.token], "status 401"),
                ([.url: "http://127.0.0.1:\(port.port)/a.tar"], "cannot reach"),
                ([.url: "\(host.url)/a.tar", .folder: "nowhere"], "it has no folder 'nowhere'"),
            ]
            for (number, (settings, words)) in cases.enumerated() {
                let message = try await refusal(UInt64(number + 1), CodeSource(.archive, settings), on: server)
                #expect(message.contains(words) && !message.contains(CodeHost.token), "\(message)")
            }
            let right = CodeSource(.archive, [.url: closed, .token: CodeHost.token])
            #expect(try await run(99, right, on: server).output == ["x"])
            #expect(names(in: "\(folder.path)/agent/incoming").isEmpty)
        }
    }

    @Test func aFolderOfTheHostIsCopiedAsItIsAtThatMoment() async throws {
        try await withAgent { server, folder, host in
            let path = "\(folder.path)/flows"
            CodeHost.shell("mkdir '\(path)' && echo one > '\(path)/flow.txt'")
            let source = CodeSource(.path, [.path: path])
            let first = try await run(1, source, on: server, "cat flow.txt; echo changed > flow.txt")
            #expect(first.output == ["one"], "\(first.end)")
            #expect(try await run(2, source, on: server).revision == first.revision)
            CodeHost.shell("echo two > '\(path)/flow.txt'")
            let second = try await run(3, source, on: server)
            #expect(second.output == ["two"] && second.revision != first.revision)
            let message = try await refusal(4, CodeSource(.path, [.path: "\(path)/nowhere"]), on: server)
            #expect(message.contains("is not a folder"), "\(message)")
            CodeHost.shell("ln -s /etc '\(path)/out'")
            #expect(try await refusal(5, source, on: server).contains("leads outside"))
        }
    }
}
