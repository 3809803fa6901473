import Domain
import JSON
import TestSupport
import Testing

@Suite struct EventTriggerTests {
    private static let start = Timestamp(microseconds: 1_767_225_600_000_000)

    /// A trigger and the events that it is given, by their seconds; the seconds at which it fires.
    struct Story: Sendable, CustomTestStringConvertible {
        let name: String
        var expect: Set<String> = ["b"]
        var after: Set<String> = []
        var posture = EventTrigger.Posture.reactive
        var threshold = 1
        var within: Duration = .zero
        /// An event's name, or `-` for a look at the clock.
        let events: [(Double, String)]
        let fires: [Double]

        var testDescription: String { name }
    }

    static let stories = [
        Story(name: "each event by itself", events: [(1, "b"), (2, "a"), (2, "b"), (2, "b")], fires: [1, 2, 2]),
        Story(name: "wildcards", expect: ["b.*"], events: [(1, "b"), (2, "b.c"), (3, "b.")], fires: [2, 3]),
        Story(name: "any event", expect: [], events: [(1, "b"), (2, "x")], fires: [1, 2]),
        Story(
            name: "every third", threshold: 3, events: [(1, "b"), (2, "b"), (3, "b"), (4, "b"), (5, "b"), (6, "b")],
            fires: [3, 6]),
        Story(
            name: "two within ten seconds", threshold: 2, within: .seconds(10),
            events: [(1, "b"), (12, "b"), (13, "b"), (14, "b")], fires: [13]),
        Story(
            name: "who has fired waits for the rest of the time", within: .seconds(10),
            events: [(1, "b"), (2, "b"), (10.9, "b"), (11, "b"), (12, "b")], fires: [1, 11]),
        Story(
            name: "late events count once", threshold: 2, within: .seconds(10),
            events: [(100, "b"), (99, "b"), (98, "b")], fires: [99]),
        Story(
            name: "after another", after: ["a"], events: [(1, "b"), (2, "a"), (3, "b"), (4, "b")], fires: [3]),
        Story(
            name: "after another, in time", after: ["a"], within: .seconds(5),
            events: [(1, "a"), (7, "b"), (8, "a"), (9, "b")], fires: [9]),
        Story(
            name: "the second of the same", after: ["b"], within: .seconds(60), events: [(1, "b"), (2, "b"), (3, "b")],
            fires: [2]),
        Story(
            name: "silence", posture: .proactive, within: .seconds(10),
            events: [(9.9, "-"), (10, "-"), (12, "b"), (20, "-"), (30, "-")], fires: [10, 30]),
        Story(
            name: "too few", posture: .proactive, threshold: 2, within: .seconds(10),
            events: [(1, "b"), (10, "-"), (11, "b"), (12, "b"), (20, "-")], fires: [10]),
        Story(
            name: "no end after a beginning", after: ["a"], posture: .proactive, within: .seconds(10),
            events: [(50, "-"), (51, "a"), (60, "-"), (61, "-"), (80, "-"), (90, "a"), (95, "b"), (100, "-")],
            fires: [61]),
        Story(
            name: "signs of life", expect: ["b", "end"], after: ["b"], posture: .proactive, within: .seconds(10),
            events: [(1, "b"), (9, "b"), (17, "b"), (26, "-"), (27, "-"), (30, "b"), (31, "end"), (50, "-")],
            fires: [27]),
    ]

    @Test(arguments: stories) func fires(_ story: Story) {
        var random = SeededGenerator(seed: 1)
        var trigger = EventTrigger(id: ID(at: Self.start, from: &random), posture: story.posture)
        trigger.expect = story.expect
        trigger.after = story.after
        trigger.threshold = story.threshold
        trigger.within = story.within
        var bucket = trigger.standingBucket(from: Self.start)
        var fires: [Double] = []
        for (seconds, name) in story.events {
            let time = Self.start + .seconds(seconds)
            let event = Self.event(name, at: time, &random)
            let outcome: TriggerOutcome
            if name == "-" {
                guard let open = bucket else { continue }
                outcome = trigger.check(open, at: time)
            } else {
                guard trigger.isInterested(inEventNamed: name) else { continue }
                outcome = trigger.count(event, in: bucket)
            }
            bucket = outcome.bucket
            if outcome.fires { fires.append(seconds) }
        }
        #expect(fires == story.fires)
    }

    /// Whatever comes in whatever order: no event makes it fire twice, none fires within the time of another, and it
    /// never takes less than its threshold.
    @Test(arguments: UInt64(1)...200) func neitherTwiceNorTooSoon(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var trigger = EventTrigger(id: ID(at: Self.start, from: &random))
        trigger.threshold = Int.random(in: 1...4, using: &random)
        trigger.within = .seconds(Int.random(in: 0...20, using: &random))
        var bucket: TriggerBucket?
        var fired: [Timestamp] = []
        let times = (0..<100).map { _ in Double.random(in: 0...200, using: &random) }
        for seconds in Bool.random(using: &random) ? times : times.sorted() {
            let event = Self.event("b", at: Self.start + .seconds(seconds), &random)
            let outcome = trigger.count(event, in: bucket)
            bucket = outcome.bucket
            guard outcome.fires else { continue }
            #expect(outcome.event == event)
            fired.append(event.occurred)
        }
        #expect(fired.count <= times.count / trigger.threshold)
        guard trigger.within > .zero else { return #expect(fired.count == times.count / trigger.threshold) }
        for (first, next) in zip(fired, fired.dropFirst()) { #expect(next > first) }
    }

    @Test func coversWhatItIsAbout() throws {
        var random = SeededGenerator(seed: 1)
        var event = Self.event("b", at: Self.start, &random)
        event.related = [
            EventResource(labels: ["prefect.resource.id": "prefect.flow.f", "prefect.resource.role": "flow"]),
            EventResource(labels: ["prefect.resource.id": "prefect.tag.x", "prefect.resource.role": "tag"]),
        ]
        let cases: [(String, Bool)] = [
            (#"{}"#, true), (#"{"match": {"prefect.resource.id": "lab.*"}}"#, true),
            (#"{"match": {"prefect.resource.id": ["x", "lab.1"]}}"#, true),
            (#"{"match": {"prefect.resource.id": "!lab.1"}}"#, false), (#"{"match": {"color": "!red"}}"#, false),
            (#"{"match_related": {"prefect.resource.id": "prefect.flow.*"}}"#, true),
            (#"{"match_related": {"prefect.resource.id": "prefect.flow.*", "prefect.resource.role": "tag"}}"#, false),
            (#"{"match_related": [{"prefect.resource.role": "tag"}, {"prefect.resource.role": "flow"}]}"#, true),
            (#"{"match_related": [{"prefect.resource.role": "tag"}, {"prefect.resource.role": "queue"}]}"#, false),
        ]
        for (text, isCovered) in cases {
            var members = try #require(try JSONValue(parsing: text).objectValue)
            members["posture"] = "Reactive"
            let trigger = try Self.read(.object(members))
            guard case .event(let leaf) = trigger else { return #expect(Bool(false), "an event trigger") }
            #expect(leaf.covers(event) == isCovered, "\(text)")
            #expect(try Self.read(trigger.json) == trigger)
        }
    }

    @Test func keysAreTheValuesOfLabels() {
        var random = SeededGenerator(seed: 1)
        var event = Self.event("b", at: Self.start, &random)
        event.related = [
            EventResource(labels: ["prefect.resource.id": "prefect.flow.f", "prefect.resource.role": "flow"])
        ]
        var trigger = EventTrigger(id: ID(at: Self.start, from: &random))
        trigger.forEach = ["related:flow:prefect.resource.id", "prefect.resource.id", "nothing"]
        #expect(trigger.key(of: event) == ["", "lab.1", "prefect.flow.f"])
        #expect(trigger.labels(of: trigger.key(of: event))["related:flow:prefect.resource.id"] == "prefect.flow.f")
    }

    static func event(_ name: String, at time: Timestamp, _ random: inout SeededGenerator) -> Event {
        Event(
            id: ID(at: time, from: &random), occurred: time, received: time, name: name,
            resource: EventResource(labels: ["prefect.resource.id": "lab.1"]))
    }

    static func read(_ json: JSONValue) throws -> Trigger {
        var random = SeededGenerator(seed: 7)
        var reader = TriggerReader { ID(at: start, from: &random) }
        return try reader.read(JSONReader(json))
    }
}
