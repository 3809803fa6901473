import Domain
import JSON
import Testing

@Suite struct RunRetentionTests {
    private static let ages: [RunRetention.Age?] = [nil, .forever, .atMost(.seconds(90)), .atMost(.zero)]
    private static let counts: [RunRetention.Count?] = [nil, .all, .newest(0), .newest(1_000_000)]

    @Test func whatIsWrittenIsRead() throws {
        for age in Self.ages {
            for count in Self.counts {
                let retention = RunRetention(age: age, count: count)
                #expect(try RunRetention(reading: JSONReader(retention.json)) == retention)
            }
        }
    }

    @Test func whatADeploymentDoesNotSayFollowsTheServer() {
        let standard = RunLimits(age: .seconds(7), count: 3)
        #expect(RunRetention().limits(over: standard) == standard)
        #expect(RunRetention.forever.limits(over: standard) == RunLimits(age: nil, count: nil))
        let own = RunRetention(age: .atMost(.seconds(9))).limits(over: standard)
        #expect(own == RunLimits(age: .seconds(9), count: 3))
        #expect(RunRetention(count: .newest(9)).limits(over: standard) == RunLimits(age: .seconds(7), count: 9))
    }

    @Test(arguments: [
        #"{"age": -1}"#, #"{"age": "30d"}"#, #"{"age": 1e300}"#, #"{"count": -1}"#,
        #"{"count": 1.5}"#, #"{"count": "many"}"#, #"{"count": []}"#, #""forever""#, "[]",
    ])
    func anythingElseIsRefused(text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(throws: JSONReadingError.self) { try RunRetention(reading: JSONReader(value)) }
    }

    @Test func anIDTellsWhenItWasMade() throws {
        let run = try #require(ID<FlowRun>("018bcfe5-6800-7000-bfff-ffffffffff00"))
        #expect(run.time == Timestamp("2023-11-14T22:13:20Z"))
        #expect(ID<FlowRun>("018bcfe5-6800-4000-bfff-ffffffffff00")?.time == nil)
    }
}
