import Domain
import JSON
import Testing

@testable import DeploymentDocument

/// `object:` of a trigger.
@Suite struct ObjectTriggerTests {
    @Test func `Where objects appear is read`() throws {
        let text = """
            triggers:
              - object:
                  s3: {bucket: landing, prefix: in/, access_key: AKID, secret_key: "{{ secrets.key }}"}
                  every: 2m
                  existing: true
                parameters: {key: "{{ event.payload.key }}"}
              - object: {gcs: {bucket: b, key: done}}
                name: when done
            """
        let triggers = try #require(try read(document(text)).first).triggers
        guard case .object(let first) = triggers[0].cause, case .object(let second) = triggers[1].cause else {
            Issue.record("\(triggers)")
            return
        }
        #expect(first.name == "etl/daily s3://landing/in/" && first.every == .seconds(120) && first.includesExisting)
        #expect(first.source.secretKey == "{{ secrets.key }}")
        #expect(triggers[0].parameters == ["key": "{{ event.payload.key }}"])
        #expect(second.name == "etl/daily gs://b/done" && second.every == .seconds(30) && !second.includesExisting)
        #expect(second.source.isOneKey && triggers[1].name == "when done")
    }

    @Test(arguments: [
        ("object: x", "'object' is a mapping of keys to values"), ("object: {every: 30s}", "'s3' or 'gcs'"),
        ("object: {s3: {}}", "s3.bucket: Field required"),
        ("object: {s3: {bucket: b, keys: x}}", "s3.keys: Extra inputs are not permitted"),
        ("object: {s3: {bucket: b, access_key: A, secret_key: hush}}", "sluice secret set"),
        ("object: {s3: {bucket: b}, every: 1s}", "5s"), ("object: {s3: {bucket: b}, every: 2d}", "a day at most"),
        ("object: {s3: {bucket: b}, existing: maybe}", "'existing' is true or false"),
        ("object: {s3: {bucket: b}}, after: a/b", "one of 'after'"),
        ("object: {s3: {bucket: b}}}, {object: {s3: {bucket: b}, every: 1m}", "has to say the same"),
    ])
    func `What is none is told of`(_ trigger: String, _ words: String) {
        let found = problems(document("triggers: [{\(trigger)}]"))
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }
}
