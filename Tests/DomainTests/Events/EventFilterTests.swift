import Domain
import JSON
import TestSupport
import Testing

@Suite struct EventFilterTests {
    private func event(
        _ name: String = "prefect.flow-run.Running",
        resource: JSONObject = ["prefect.resource.id": "prefect.flow-run.a"],
        related: [JSONObject] = [], payload: JSONObject = [:]
    ) -> Event {
        var generator = SeededGenerator(seed: 1)
        let time = Timestamp(microseconds: 1_000_000)
        return Event(
            id: ID(at: time, from: &generator), occurred: time, received: time, name: name,
            resource: EventResource(labels: resource), related: related.map { EventResource(labels: $0) },
            payload: payload)
    }

    private func filter(_ text: String) throws -> EventFilter {
        try EventFilter(reading: JSONReader(try JSONValue(parsing: text)))
    }

    @Test(arguments: [
        (#"{}"#, true),
        (#"{"event": {"name": ["prefect.flow-run.Running"]}}"#, true),
        (#"{"event": {"name": ["prefect.flow-run.Late"]}}"#, false),
        (#"{"event": {"prefix": ["prefect.flow-run."]}}"#, true),
        (#"{"event": {"prefix": ["prefect.flow-run."], "exclude_name": ["prefect.flow-run.Running"]}}"#, false),
        (#"{"event": {"exclude_prefix": ["prefect."]}}"#, false),
        (#"{"event": {"prefix": [], "name": []}}"#, true),
        (#"{"resource": {"id": ["prefect.flow-run.a"]}}"#, true),
        (#"{"resource": {"id_prefix": ["prefect.task-run."]}}"#, false),
        (#"{"resource": {"labels": {"prefect.resource.id": "prefect.flow-run.*"}}}"#, true),
        (#"{"resource": {"labels": {"color": ["!red"]}}}"#, true),
        (#"{"resource": {"labels": {"color": ["red"]}}}"#, false),
        (#"{"resource": {"labels": {"color": []}}}"#, false),
        (#"{"related": {"role": ["flow"]}}"#, true),
        (#"{"related": [{"id": ["prefect.flow.f"]}, {"role": ["tag"]}]}"#, false),
        (#"{"related": {"resources_in_roles": [["prefect.flow.f", "flow"]]}}"#, true),
        (#"{"related": {"resources_in_roles": [["prefect.flow.f", "tag"]]}}"#, false),
        (#"{"any_resource": {"id": ["prefect.flow.f"]}}"#, true),
        (#"{"any_resource": {"id_prefix": ["prefect.tag."]}}"#, false),
        (#"{"any_resource": {"id_prefix": []}}"#, true),
        (#"{"id": {"id": []}}"#, true),
        (#"{"id": {"id": ["00000000-0000-0000-0000-000000000000"]}}"#, false),
        (#"{"text": {"query": "weekly"}}"#, true),
        (#"{"text": {"query": "weekly -etl"}}"#, false),
        (#"{"text": {"query": "+weekly \"flow run\""}}"#, false),
        (#"{"occurred": {"since": "1970-01-01T00:00:01Z", "until": "1970-01-01T00:00:01Z"}}"#, true),
        (#"{"occurred": {"since": "1970-01-01T00:00:02Z"}}"#, false),
    ])
    func theFilterOfPrefect(text: String, includes: Bool) throws {
        let event = event(
            related: [["prefect.resource.id": "prefect.flow.f", "prefect.resource.role": "flow", "n": "Weekly ETL"]])
        #expect(try filter(text).includes(event) == includes, "\(text)")
    }

    @Test func whatIsNoFilterIsRefused() {
        for text in [#"[]"#, #"{"event": 1}"#, #"{"related": {"resources_in_roles": [["a"]]}}"#, #"{"order": "UP"}"#] {
            #expect(throws: JSONReadingError.self, "\(text)") { try filter(text) }
        }
    }

    /// The plain meaning of a pattern, without any cleverness.
    private func matches(_ text: Substring, _ pattern: Substring) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return matches(text, pattern.dropFirst()) || (!text.isEmpty && matches(text.dropFirst(), pattern))
        }
        guard let character = text.first, first == "?" || first == character else { return false }
        return matches(text.dropFirst(), pattern.dropFirst())
    }

    @Test func patternsMeanWhatTheyPlainlyMean() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<5000 {
            let text = String(
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in "ab".randomElement(using: &generator) ?? "a" }
            )
            let pattern = String(
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in "ab*?".randomElement(using: &generator) ?? "*"
                })
            let plain = matches(text[...], pattern[...])
            #expect(LabelPattern(pattern).holds(for: text) == plain, "\(text) \(pattern)")
            #expect(LabelPattern("!" + pattern).holds(for: text) == !plain, "\(text) !\(pattern)")
        }
        #expect(!LabelPattern("*").holds(for: nil))
        #expect(LabelPattern("!x").holds(for: nil))
    }

    @Test func resourcesWithoutAnIDAreRefused() {
        for text in [
            #"{"occurred": "2026-01-01T00:00:00Z", "event": "e", "resource": {}, "id": "00000000-0000-0000-0000-000000000000"}"#,
            #"{"occurred": "2026-01-01T00:00:00Z", "event": "e", "resource": {"prefect.resource.id": "a"}, "related": [{"prefect.resource.id": "b"}], "id": "00000000-0000-0000-0000-000000000000"}"#,
        ] {
            #expect(throws: JSONReadingError.self) { try ToldEvent(reading: JSONReader(try JSONValue(parsing: text))) }
        }
    }
}
