import Domain
import JSON
import Testing

@testable import DeploymentDocument

@Suite struct DefinitionTests {
    @Test func `A short document has sensible defaults`() throws {
        let definition = try #require(try read(document("")).first)
        #expect(definition.path == "etl/daily")
        #expect(definition.command == .arguments(["sh", "run.sh"]))
        #expect(definition.pool == "default" && definition.queue == "default")
        #expect(definition.policy == RunPolicy())
        #expect(definition.code == .folder("."))
        #expect(definition.defaults.isEmpty)
        #expect(definition.place == DocumentPlace(line: 1, column: 1))
        #expect(definition.parameterSchema["additionalProperties"] == false)
    }

    @Test func `Limits and needs are read in every form`() throws {
        let long = try #require(
            try read(
                document(
                    """
                    concurrency: {limit: 2, collision: cancel-new}
                    rate_limit: 5/30s burst 2
                    requires: {labels: {zone: eu}, cpu: 0.5, memory: 4GiB, gpu: 1}
                    """)
            ).first)
        #expect(long.concurrencyLimit == 2 && long.collision == .cancelNew)
        #expect(long.rateLimit == RateLimit(starts: 5, period: .seconds(30), burst: 2))
        #expect(
            long.requires
                == Requirements(labels: ["zone": "eu"], resources: Resources(cpu: 500, memory: 4 << 30, gpu: 1)))
        let spec = long.execution(bundle: nil)
        #expect(try ExecutionSpec(json: spec.json) == spec, "it reaches the server as it is")
        let short = try #require(try read(document("concurrency: 3")).first)
        #expect(short.concurrencyLimit == 3 && short.collision == .enqueue && short.requires.isNone)
    }

    private static let everything = """
        flow: etl
        name: daily
        description: |
          Two
          lines.
        version: 1.10
        command: [python3, run.py, 1.50, 007, true, "{{ parameters.month }}"]
        parameters:
          month: {type: integer, minimum: 1, maximum: 12}
          ratio: {type: number, default: 0.10}
          label: string
          any:
        defaults: {month: 2}
        pool: cluster
        queue: urgent
        env: {DEBUG: on, PORT: 8080, EMPTY: "", WHO: "{{ parameters.label }}"}
        working_directory: src
        retries: {limit: 4, delay: 1m30s, backoff: exponential, factor: 3, max_delay: 1h, jitter: 0.5}
        crash_retries: 1
        timeout: 90
        grace: 250ms
        lease: 5s
        tags: [a, 2]
        concurrency_limit: 3
        retention: {age: 30d, count: 1000}
        priority: -5
        python: {version: 3.11, requirements: [requests==2.32.0]}
        """

    @Test(arguments: [
        ("forever", RunRetention.forever), ("{age: forever}", RunRetention(age: .forever)),
        ("{count: all}", RunRetention(count: .all)),
        (
            "{age: 90, count: 0}",
            RunRetention(
                age: .atMost(.seconds(90)), count: .newest(0))
        ), ("{}", RunRetention()), ("", nil),
    ])
    func `How long runs are kept`(text: String, retention: RunRetention?) throws {
        let document = "flow: f\nname: n\ncommand: [a]\nretention: \(text)\n"
        #expect(try read(document).first?.retention == retention)
    }

    @Test func `Everything that a document can say arrives`() throws {
        let definition = try #require(try read(Self.everything).first)
        #expect(definition.description == "Two\nlines.\n")
        #expect(definition.version == "1.10")
        #expect(
            definition.command
                == .arguments(
                    ["python3", "run.py", "1.50", "007", "true", "{{ parameters.month }}"]))
        #expect(definition.parameterSchema["required"] == ["month", "label", "any"])
        #expect(definition.parameterSchema["properties"]?["ratio"]?["default"]?.description == "0.10")
        #expect(definition.parameterSchema["properties"]?["any"] == [:])
        #expect(definition.defaults == ["month": 2])
        #expect(definition.pool == "cluster" && definition.queue == "urgent")
        #expect(
            definition.environment == [
                "DEBUG": "on", "PORT": "8080", "EMPTY": "", "WHO": "{{ parameters.label }}",
            ])
        let policy = definition.policy
        #expect(
            policy.retries
                == RetryPolicy(
                    limit: 4, delay: .seconds(90), backoff: .exponential, factor: 3, maximumDelay: .seconds(3600),
                    jitter: 0.5))
        #expect(policy.crashRetries.limit == 1 && policy.crashRetries.backoff == .exponential)
        #expect(policy.timeout == .seconds(90) && policy.grace == .milliseconds(250) && policy.lease == .seconds(5))
        #expect(definition.tags == ["a", "2"])
        #expect(definition.concurrencyLimit == 3 && definition.priority == -5)
        #expect(definition.retention == RunRetention(age: .atMost(.seconds(30 * 86_400)), count: .newest(1000)))
        #expect(definition.python == PythonRequirements(version: "3.11", requirements: ["requests==2.32.0"]))
        let execution = definition.execution(bundle: BundleReference(digest: "00", size: 1))
        #expect(try ExecutionSpec(json: execution.json) == execution)
    }

    @Test func `A list shares what stands beside it`() throws {
        let text = """
            flow: etl
            env: {A: 1, B: 2}
            parameters: {month: integer}
            timeout: 1m
            deployments:
              - {name: one, command: [a], env: {B: 3}, parameters: {day: integer}}
              - {name: two, command: [b], timeout: 2m}
              - {name: three, command: [c], parameter_schema: {type: object}}
            """
        let definitions = try read(text)
        #expect(definitions.map(\.path) == ["etl/one", "etl/two", "etl/three"])
        #expect(definitions[0].environment == ["A": "1", "B": "3"])
        #expect(definitions[0].parameterSchema["required"] == ["day", "month"])
        #expect(definitions.map(\.policy.timeout) == [.seconds(60), .seconds(120), .seconds(60)])
        #expect(definitions[2].parameterSchema == ["type": "object"])
        #expect(definitions[1].place == DocumentPlace(line: 7, column: 5))
    }

    @Test func `A stream holds several documents`() throws {
        let text = document("") + "---\nflow: b\nname: c\ncommand: echo\n---\n"
        #expect(try read(text).map(\.path) == ["etl/daily", "b/c"])
    }

    @Test func `Anchors, aliases and merge keys are written out`() throws {
        let text = """
            flow: a
            parameters:
              days: &days {type: array, items: {type: string}, default: ["*", "**/x"]}
              other:
                <<: *days
                default: [b]
            deployments:
              - &one
                name: one
                command: rm -f *.csv
              - <<: *one
                name: two
              - <<: [{name: three}, *one]
            """
        let definitions = try read(text)
        #expect(definitions.map(\.name) == ["one", "two", "three"])
        #expect(Set(definitions.map(\.command)) == [.shell("rm -f *.csv")])
        let properties = try #require(definitions[0].parameterSchema["properties"])
        #expect(properties["days"]?["default"] == ["*", "**/x"])
        #expect(properties["other"] == ["default": ["b"], "type": "array", "items": ["type": "string"]])
    }

    @Test func `Null stands for a type, alone or in a list`() throws {
        let text = document("parameters: {a: {type: [string, null], default: null}, b: {type: null}}")
        let properties = try #require(try read(text).first?.parameterSchema["properties"])
        #expect(properties["a"] == ["type": ["string", "null"], "default": .null])
        #expect(properties["b"] == ["type": "null"])
    }

    @Test(arguments: [
        ("1", "1"), ("-17", "-17"), ("9007199254740993", "9007199254740993"), ("1.10", "1.10"), (".5", "0.5"),
        ("5.", "5.0"), ("+3", "3"), ("-.5", "-0.5"), ("1e3", "1e3"), ("1.e3", "1.0e3"), ("0x1F", "31"), ("0o17", "15"),
        ("123456789012345678901234567890", "123456789012345678901234567890"), ("~", "null"), ("True", "true"),
        ("2013-01-01", "\"2013-01-01\""), ("'12'", "\"12\""), ("!!str 12", "\"12\""), ("hello", "\"hello\""),
        ("1.2.3", "\"1.2.3\""), ("1x", "\"1x\""), ("e5", "\"e5\""), (".", "\".\""),
    ])
    func `Values keep their digits`(written: String, json: String) throws {
        let text = document("parameters: {x: {default: \(written)}}")
        let value = try #require(try read(text).first?.parameterSchema["properties"]?["x"]?["default"])
        #expect(value.description == json)
    }
}
