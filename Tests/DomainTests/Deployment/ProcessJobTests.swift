import Domain
import JSON
import Testing

/// Templates of jobs, filled in as Prefect's workers do.
@Suite struct ProcessJobTests {
    private struct Shelf: JobReferences {
        var variables: JSONObject = [:]
        var blocks: JSONObject = [:]

        func variable(named name: String) -> JSONValue? { variables[name] }
        func block(named name: String, type: String) -> JSONObject? { blocks["\(type)/\(name)"]?.objectValue }
        func block(id: String) -> JSONObject? { blocks[id]?.objectValue }
    }

    /// What `prefect work-pool create --type process` sends, as far as it matters.
    private let process: JSONObject = [
        "job_configuration": [
            "command": "{{ command }}", "env": "{{ env }}", "labels": "{{ labels }}", "name": "{{ name }}",
            "stream_output": "{{ stream_output }}", "working_dir": "{{ working_dir }}",
        ],
        "variables": [
            "properties": [
                "command": ["default": .null], "env": ["type": "object"], "stream_output": ["default": true],
                "working_dir": ["default": .null],
            ]
        ],
    ]

    private func job(
        _ template: JSONObject, deployment: JSONObject = [:], run: JSONObject = [:], _ shelf: Shelf = Shelf()
    ) throws -> ProcessJob {
        try (JobTemplate(template) ?? .processes).job(deployment: deployment, run: run, references: shelf)
    }

    @Test func withoutValuesItIsAsUsual() throws {
        #expect(try job(process) == ProcessJob())
        #expect(try job([:]) == ProcessJob())
    }

    @Test func theRunWinsOverTheDeploymentAndTheDeploymentOverThePool() throws {
        var template = process
        template["variables"] = [
            "properties": ["env": ["default": ["A": "pool", "B": "pool"]], "working_dir": ["default": "/pool"]]
        ]
        let made = try job(
            template, deployment: ["env": ["B": "deployment", "C": "deployment"], "working_dir": "/deployment"],
            run: ["env": ["C": "run"], "command": "python 'my flow.py' --n=\"1 2\""])
        #expect(made.environment == ["A": "pool", "B": "deployment", "C": "run"])
        #expect(made.workingDirectory == "/deployment")
        #expect(made.arguments == ["python", "my flow.py", "--n=1 2"])
    }

    @Test func variablesOfTheEnvironmentBecomeTextAndNullIsLeftOut() throws {
        let made = try job(
            process, run: ["env": ["N": 7, "F": true, "L": ["a", 1], "X": .null], "env.DOTTED": "yes", "env.N": 8])
        #expect(made.environment == ["N": "7", "F": "True", "L": "['a', 1]", "DOTTED": "yes"])
    }

    @Test func aPlaceholderInATextIsReplacedAndOneWithoutValueGoes() throws {
        var template = process
        template["job_configuration"] = [
            "command": "run {{ mode }}-{{size}} {{ missing }}end",
            "env": ["HOME": "{{ $HOME }}/x", "M": "{{ missing }}"],
            "working_dir": "{{ paths.work[1] }}",
        ]
        let made = try job(template, run: ["mode": "fast", "size": 3, "paths": ["work": ["/a", "/b"]]])
        #expect(made.arguments == ["run", "fast-3", "end"])
        #expect(
            made.environment == ["HOME": "{{ $HOME }}/x"], "what an agent's environment has is for the agent to say")
        #expect(made.workingDirectory == "/b")
    }

    @Test func variablesAndBlocksAreLookedUp() throws {
        let shelf = Shelf(
            variables: ["stage": "prod", "count": 3],
            blocks: [
                "secret/token": ["value": "s3cret"], "json/settings": ["value": ["hosts": [["name": "h1"]]]],
                "aws/keys": ["id": "k", "key": "v"],
            ])
        let made = try job(
            process,
            deployment: [
                "env": [
                    "STAGE": "{{ prefect.variables.stage }}", "N": "n={{ prefect.variables.count }}",
                    "NONE": "-{{ prefect.variables.absent }}-", "TOKEN": "{{ prefect.blocks.secret.token }}",
                    "HOST": "{{ prefect.blocks.json.settings.value.hosts[0].name }}:1",
                    "KEY": "{{ prefect.blocks.aws.keys.key }}",
                ]
            ], shelf)
        #expect(
            made.environment == [
                "STAGE": "prod", "N": "n=3", "NONE": "--", "TOKEN": "s3cret", "HOST": "h1:1", "KEY": "v",
            ])
    }

    @Test(arguments: [
        ("{{ prefect.blocks.secret.absent }}", JobTemplateError.noBlock("secret/absent")),
        ("{{ prefect.blocks.aws.keys.none }}", .notInBlock("prefect.blocks.aws.keys.none")),
        ("x{{ prefect.blocks.aws.keys }}", .notAText("prefect.blocks.aws.keys")),
    ])
    func whatCannotBeFoundIsSaid(reference: String, error: JobTemplateError) {
        let shelf = Shelf(blocks: ["aws/keys": ["id": "k"]])
        #expect(throws: error) { try job(process, run: ["env": ["X": .string(reference)]], shelf) }
    }

    @Test func sluicesOwnVariablesNeedNoPlaceInTheTemplate() throws {
        let made = try job(
            process, deployment: ["python": "/venvs/{{ prefect.variables.v }}", "warm": false],
            Shelf(variables: ["v": "a"]))
        #expect(made.python == "/venvs/a")
        #expect(made.warmStart == .refused)
        #expect(try job(process, run: ["warm": true]).warmStart == .wanted)
        #expect(throws: JobTemplateError.unreadable(field: "warm", expected: "true or false")) {
            try job(process, run: ["warm": "maybe"])
        }
    }

    @Test func processesHaveLimitsAndUsersOfTheirOwn() throws {
        var template = process
        template["variables"] = ["properties": ["limits": ["default": ["memory": "1g"]], "user": ["default": "guest"]]]
        let pools = try job(template)
        #expect(pools.limits == ProcessLimits(memoryBytes: 1 << 30) && pools.user == "guest")
        let own: JSONObject = ["limits": ["cpus": 0.5, "cpu_time": 60, "open_files": 9], "user": "nobody"]
        let made = try job(template, deployment: own)
        #expect(made.limits == ProcessLimits(cpuTime: .seconds(60), cpus: 0.5, openFiles: 9) && made.user == "nobody")
        #expect(throws: JobTemplateError.self) { try job(process, run: ["limits": ["memory": "much"]]) }
        let boxed = try JobTemplate.containers.job(deployment: own, run: [:], references: Shelf(), in: .container)
        #expect(boxed.limits.isEmpty && boxed.user == nil, "a container has limits of its own")
    }

    @Test func wordsAreThoseOfAShell() throws {
        #expect(try ShellWords.split("a 'b c'\"d\"\\ e  f ''") == ["a", "b cd e", "f", ""])
        #expect(try ShellWords.split(#""a\"b\n" \$x"#) == [#"a"b\n"#, "$x"])
        #expect(throws: JobTemplateError.unclosedQuote("a 'b")) { try ShellWords.split("a 'b") }
    }
}
