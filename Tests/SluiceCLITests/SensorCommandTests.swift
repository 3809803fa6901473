import JSON
import TestSupport
import Testing

@testable import SluiceCLI

@Suite struct SensorCommandTests {
    private static let id = "01a1fbdd-5e19-7d24-b32f-3f1de5513202"
    private static let sensor: JSONValue = [
        "id": .string(id), "name": "etl/load s3://landing/in/", "every": 30, "enabled": true, "existing": false,
        "s3": ["bucket": "landing", "prefix": "in/"], "objects": 12, "failures": 3, "deployment_id": .null,
        "last_look": "2026-01-01T00:00:00.000000Z", "next_look": "2026-01-01T00:00:30.000000Z",
        "error": "s3://landing may not be read", "is_primed": true,
    ]

    private func server(_ sensors: [JSONValue] = [sensor]) throws -> FakeServer {
        try FakeServer { request in
            switch (request.method, request.path.dropFirst("/api".count)) {
            case ("POST", "/sensors/filter"): CannedAnswer(200, sensors.json.serialized())
            case ("PATCH", "/sensors/\(Self.id)"): CannedAnswer(200, Self.sensor.serialized())
            case ("DELETE", "/sensors/\(Self.id)"): CannedAnswer(204)
            default: nil
            }
        }
    }

    @Test func `Sensors are listed and shown with what went wrong`() async throws {
        let fake = try server()
        let list = await fake.harness.run("sensor", "ls")
        #expect(list.output.contains("etl/load s3://landing/in/") && list.output.contains("failing"), "\(list)")
        let shown = await fake.harness.run("sensor", "show", Self.id)
        for words in ["s3://landing/in/", "30s", "12 objects", "3 times: s3://landing may not be read"] {
            #expect(shown.output.contains(words), "\(shown)")
        }
        let empty = try server([])
        let none = await empty.harness.run("sensor", "ls")
        #expect((none.output + none.errors).contains("No sensors yet"), "\(none)")
    }

    @Test func `Sensors are paused, resumed and deleted by name`() async throws {
        let fake = try server()
        let name = "etl/load s3://landing/in/"
        #expect(await fake.harness.run("sensor", "pause", name).output.contains("paused"))
        #expect(await fake.harness.run("sensor", "resume", name).output.contains("looking"))
        #expect(fake.bodies("PATCH", "/sensors/\(Self.id)") == [["enabled": false], ["enabled": true]])
        #expect(await fake.harness.run("sensor", "delete", name, "--yes").code == 0)
        let unknown = await fake.harness.run("sensor", "show", "nothing")
        #expect(unknown.code == 1 && unknown.errors.contains("there is no sensor 'nothing'"), "\(unknown)")
    }
}
