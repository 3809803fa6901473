import AgentRuntime
import Domain
import Glibc
import TestSupport
import Testing
import Wire

/// Code in buckets, with the real agent, moto's S3 (which checks signatures) and an emulator of Google Cloud Storage.
@Suite(.timeLimit(.minutes(4)))
struct BucketCodeTests {
    private func withAgent(
        _ body: (FakeServer, TemporaryFolder, ObjectStores) async throws -> Void
    ) async throws {
        let stores = try ObjectStores.shared()
        let server = try FakeServer()
        let folder = TemporaryFolder()
        async let serving: Void = server.serve()
        let agent = try AgentHarness(folder, server: server, slots: 4)
        #expect(await server.hears { $0.credit == 4 })
        try await body(server, folder, stores)
        _ = try await agent.leave(.stop)
        await server.close()
        await serving
    }

    /// Puts a file, by the names that the stores' own clients use.
    private func put(_ file: String, _ bucket: String, _ key: String, _ stores: ObjectStores, isGoogle: Bool) {
        let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        let program =
            isGoogle
            ? """
            import sys, urllib.request, urllib.parse
            root, _, _, bucket, key, path = sys.argv[1:]
            def post(url, body, kind):
                try: urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": kind}))
                except urllib.error.HTTPError as error:
                    if error.code != 409: raise
            post(root + "/storage/v1/b", ('{"name": "%s"}' % bucket).encode(), "application/json")
            query = urllib.parse.urlencode({"uploadType": "media", "name": key})
            post(root + "/upload/storage/v1/b/" + bucket + "/o?" + query, open(path, "rb").read(), "text/plain")
            """
            : """
            import boto3, sys
            root, user, secret, bucket, key, path = sys.argv[1:]
            client = boto3.client("s3", endpoint_url=root, aws_access_key_id=user, aws_secret_access_key=secret,
                                  region_name="us-east-1")
            client.create_bucket(Bucket=bucket)
            client.put_object(Bucket=bucket, Key=key, Body=open(path, "rb").read())
            """
        let endpoint = isGoogle ? stores.google : stores.s3
        let isPut = CodeHost.shell(
            """
            '\(root)/.build/samples/bin/python' -c '\(program.replacing("'", with: "'\\''"))' '\(endpoint)' \
            '\(stores.accessKey)' '\(stores.secretKey)' '\(bucket)' '\(key)' '\(file)'
            """)
        #expect(isPut)
    }

    private func source(
        _ bucket: String, _ stores: ObjectStores, isGoogle: Bool, _ more: [CodeSource.Setting: String]
    ) -> CodeSource {
        var settings = more
        settings[.bucket] = bucket
        settings[.endpoint] = isGoogle ? stores.google : stores.s3
        if !isGoogle { (settings[.accessKey], settings[.secretKey]) = (stores.accessKey, stores.secretKey) }
        return CodeSource(isGoogle ? .gcs : .s3, settings)
    }

    private func run(
        _ number: UInt64, _ source: CodeSource, on server: FakeServer
    ) async throws -> (end: AttemptEnd, output: [String], revision: String?) {
        let key = AttemptKey.test(number)
        var assignment = Assignment.test(key, ["sh", "-c", "cat flow.txt; ls -R | grep -c txt"])
        assignment.code = source
        server.assign(assignment)
        #expect(await server.hears(within: .seconds(60)) { $0.end(of: key) != nil })
        return (try #require(server.now.end(of: key)), server.now.text(of: key), server.now.codeRevision(of: key))
    }

    @Test(arguments: [false, true])
    func anArchiveInABucketIsFetchedByItsVersion(isGoogle: Bool) async throws {
        try await withAgent { server, folder, stores in
            let object: CodeSource.Setting = isGoogle ? .object : .key
            let place = source("archives", stores, isGoogle: isGoogle, [object: "some flows/a+b.tgz"])
            var revisions: [String?] = []
            for (number, text) in ["one", "two"].enumerated() {
                CodeHost.shell("cd '\(folder.path)' && echo \(text) > flow.txt && tar -czf a.tgz flow.txt")
                put("\(folder.path)/a.tgz", "archives", "some flows/a+b.tgz", stores, isGoogle: isGoogle)
                for again in 0..<2 {
                    let outcome = try await run(UInt64(10 * number + again + 1), place, on: server)
                    #expect(outcome.output == [text, "1"], "\(outcome.end)")
                    revisions.append(outcome.revision)
                }
            }
            #expect(revisions[0] == revisions[1] && revisions[2] == revisions[3] && revisions[0] != revisions[2])
            #expect(revisions[0]?.hasPrefix(isGoogle ? "generation:" : "etag:") == true)
        }
    }

    @Test(arguments: [false, true])
    func whatIsBelowAPrefixIsAFolder(isGoogle: Bool) async throws {
        try await withAgent { server, folder, stores in
            CodeHost.shell("echo one > '\(folder.path)/one'; echo two > '\(folder.path)/two'")
            for key in ["in/flow.txt", "in/deep/er/b.txt", "inner.txt"] {
                put("\(folder.path)/one", "folders", key, stores, isGoogle: isGoogle)
            }
            let place = source("folders", stores, isGoogle: isGoogle, [.prefix: "in/"])
            let first = try await run(1, place, on: server)
            #expect(first.output == ["one", "2"] && first.revision?.hasPrefix("objects:") == true, "\(first.end)")
            #expect(try await run(2, place, on: server).revision == first.revision)
            put("\(folder.path)/two", "folders", "in/flow.txt", stores, isGoogle: isGoogle)
            let second = try await run(3, place, on: server)
            #expect(second.output == ["two", "2"] && second.revision != first.revision)
        }
    }

    @Test func whatABucketRefusesIsSaidWithoutTheKey() async throws {
        try await withAgent { server, folder, stores in
            CodeHost.shell("echo one > '\(folder.path)/one'")
            put("\(folder.path)/one", "refusing", "there.txt", stores, isGoogle: false)
            let right = source("refusing", stores, isGoogle: false, [:]).settings
            let cases: [([CodeSource.Setting: String], String)] = [
                ([.key: "nothing.tgz"], "does not exist"), ([.prefix: "none/"], "begins with 'none/'"),
                ([.key: "there.txt", .secretKey: "wrong-\(stores.secretKey)"], "may not be read"),
                ([.key: "there.txt"], "neither a zip nor a tar archive"),
            ]
            for (number, (settings, words)) in cases.enumerated() {
                let place = CodeSource(.s3, right.merging(settings) { $1 })
                let outcome = try await run(UInt64(number + 1), place, on: server)
                #expect(outcome.end.cause == .notStarted && outcome.end.lackedCode)
                let message = outcome.end.message ?? ""
                #expect(message.contains(words) && !message.contains(stores.secretKey), "\(message)")
            }
        }
    }
}
