import DeploymentDocument
import Domain
import JSON
import Synchronization
import TestSupport
import Testing

@testable import SluiceCLI

@Suite struct DeployCommandTests {
    private static let document = """
        flow: etl
        name: nightly
        command: [sh, run.sh, "{{ parameters.month }}"]
        parameters: {month: integer, text: {type: string, default: a}}
        retries: 2

        """

    /// A server that keeps what it is told.
    private static func server() throws -> FakeServer {
        let kept = Mutex<(deployment: JSONObject?, bundles: Set<String>)>((nil, []))
        return try FakeServer { request in
            let path = request.path.dropFirst("/api".count)
            switch (request.method, path) {
            case ("POST", "/flows/"): return CannedAnswer(201, #"{"id": "f"}"#)
            case ("HEAD", _): return CannedAnswer(kept.withLock { $0.bundles.contains(String(path)) } ? 200 : 404)
            case ("PUT", _):
                kept.withLock { _ = $0.bundles.insert(String(path)) }
                return CannedAnswer(201)
            case ("POST", "/deployments/"):
                guard var body = (try? JSONValue(parsing: request.body))?.objectValue else { return CannedAnswer(422) }
                body["id"] = "d2"
                body["flow_name"] = "etl"
                let isNew = kept.withLock { kept in
                    defer { kept.deployment = body }
                    return kept.deployment == nil
                }
                return CannedAnswer(isNew ? 201 : 200, JSONValue.object(body).serialized())
            case ("GET", "/deployments/name/etl/nightly"):
                return kept.withLock { $0.deployment }.map { CannedAnswer(200, JSONValue.object($0).serialized()) }
            default: return nil
            }
        }
    }

    @Test func `New, unchanged, changed`() async throws {
        let fake = try Self.server()
        let folder = try TemporaryFile("sluice.yaml", Self.document)
        let first = await fake.harness.run("deploy", folder.folder)
        #expect(first.code == 0 && first.output.hasPrefix("etl/nightly  new\n  code: 1 file, 2.0 KiB, uploaded\n"))
        #expect(first.output.hasSuffix("  run it: sluice run etl/nightly -p month=…\n"))
        #expect(first.errors.contains("No agent serves the queue 'default'"))
        let second = await fake.harness.run("deploy", folder.path)
        #expect(second.output.hasPrefix("etl/nightly  unchanged\n  code: 1 file, 2.0 KiB, on the server already\n"))
        #expect(fake.bodies("POST", "/deployments/").count == 1)
        try folder.write("sluice.yaml", Self.document + "timeout: 1m\ntags: [x]\nconcurrency_limit: 2\n")
        let third = await fake.harness.run("deploy", folder.folder)
        #expect(
            third.output.hasPrefix("etl/nightly  changed: tags, concurrency_limit, code, timeout (version 1)\n"),
            "\(third)")
        let json = await fake.harness.run("deploy", folder.folder, "--json")
        #expect((try JSONValue(parsing: json.output))[0]?["deployment"]?["name"] == "nightly" && json.errors.isEmpty)
    }

    @Test func `What is sent is what the document says`() async throws {
        let fake = try Self.server()
        let folder = try TemporaryFile("sluice.yaml", Self.document + "code: none\n")
        _ = await fake.harness.run("deploy", folder.folder)
        let body = try #require(fake.bodies("POST", "/deployments/").first)
        #expect(body["execution"]?["command"] == ["sh", "run.sh", "{{ parameters.month }}"])
        #expect(body["execution"]?["bundle"] == nil && body["execution"]?["retries"]?["limit"] == 2)
        #expect(body["parameter_openapi_schema"]?["required"] == ["month"])
        #expect(
            body["work_pool_name"] == "default" && body["flow_id"] == "f" && body["enforce_parameter_schema"] == true)
        #expect(!fake.server.requests.contains { $0.method == "PUT" })
    }

    @Test func `A document that is wrong is refused before anything is sent`() async throws {
        let fake = try Self.server()
        let folder = try TemporaryFile("sluice.yaml", "flow: a\nnmae: b\ncommand: c\n")
        let outcome = await fake.harness.run("deploy", folder.folder)
        #expect(
            outcome.code == 2
                && outcome.errors.contains("sluice.yaml:2:1: a deployment has no key 'nmae'; did you mean 'name'?"))
        #expect(fake.server.requests.isEmpty)
    }

    @Test func `A pool that is not there is named with the line that makes it`() async throws {
        let fake = try FakeServer { request in
            switch request.path {
            case "/api/flows/": CannedAnswer(200, #"{"id": "f"}"#)
            case "/api/work_pools/filter": CannedAnswer(200, #"[{"id": "p", "name": "default"}]"#)
            default: nil
            }
        }
        let folder = try TemporaryFile("sluice.yaml", Self.document + "pool: gpu\ncode: none\n")
        let outcome = await fake.harness.run("deploy", folder.folder)
        #expect(outcome.code == 1 && outcome.errors.contains("there is no work pool 'gpu'"))
        #expect(outcome.errors.contains("sluice pool create gpu"))
    }

    @Test func `Numbers that mean the same are no change`() {
        let body: JSONObject = ["concurrency_limit": 2, "tags": [], "execution": ["timeout": 60, "command": "a"]]
        let record: JSONValue = [
            "global_concurrency_limit": ["limit": 2], "tags": [], "execution": ["command": "a", "timeout": 60.0],
        ]
        #expect(DeploymentDifference(body: body, record: record).fields.isEmpty)
        #expect(
            DeploymentDifference(body: body, record: [:]).fields == ["concurrency_limit", "tags", "timeout", "command"])
    }
}
