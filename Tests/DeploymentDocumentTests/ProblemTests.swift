import Testing

@testable import DeploymentDocument

@Suite struct ProblemTests {
    @Test func `Every problem is found at one look, each with its place`() {
        let text = """
            flow: etl
            nmae: daily
            comand: [sh]
            timeout: soon
            retries: {maxx: 3}
            parameters:
              month: {type: int}
              day: {type: integer, maximun: 31}
            lease: 1s
            priority: high
            """
        #expect(
            problems(text) == [
                "1:1 the deployment has no 'command', which it needs",
                "1:1 the deployment has no 'name', which it needs",
                "2:1 a deployment has no key 'nmae'; did you mean 'name'?",
                "3:1 a deployment has no key 'comand'; did you mean 'command'?",
                "4:10 'timeout' is a duration, such as 30s, 1h30m or a number of seconds, not 'soon'",
                "5:10 'retries' has no 'max', the number of retries",
                "5:11 'retries' has no key 'maxx'; did you mean 'max'?",
                "7:17 there is no type 'int'; did you mean 'integer'?",
                "8:24 the parameter 'day' has no keyword 'maximun'; did you mean 'maximum'?",
                "9:8 'lease' is 5s or more, not '1s'",
                "10:11 'priority' is a whole number from -1000000 to 1000000, not 'high'",
            ])
    }

    @Test(arguments: [
        ("timeout: -3", "4:10 'timeout' is a duration"),
        ("timeout: 0", "4:10 'timeout' is 1ms or more"),
        (
            "retries: {max: 1, backoff: exponentail}",
            "4:28 'backoff' cannot be 'exponentail'; did you mean 'exponential'?"
        ),
        ("retries: {max: 1, jitter: 2}", "4:27 'jitter' is a number from 0.0 to 1.0, not '2'"),
        ("retries: {max: 1, limit: 1}", "4:19 'limit' and 'max' are the same"),
        ("retries: -1", "4:10 'retries' is a whole number from 0"),
        ("retries: 1.5", "4:10 'retries' is a whole number"),
        ("retries: '3'", "4:10 'retries' is a whole number"),
        ("tags: sample", "4:7 'tags' is a list of texts, not 'sample'; write [sample]"),
        ("tags: [[a]]", "4:8 an element of 'tags' is a text, not a list"),
        ("env: [A]", "4:6 'env' is a mapping"),
        ("env: {A: }", "4:10 the variable 'A' has no value; write \"\" in quotes"),
        ("env: {SLUICE_RUN_ID: 1}", "4:7 'SLUICE_RUN_ID' is one of the variables that Sluice sets itself"),
        ("env: {'A=B': 1}", "4:7 'A=B' is no name"),
        ("pool: a/b", "4:7 'pool' is 'a/b'; a name has"),
        ("concurrency: {collision: cancel-new}", "4:14 'concurrency' has no 'limit', the number of runs at once"),
        (
            "concurrency: {limit: 1, collision: cancel}",
            "4:36 'collision' cannot be 'cancel'"
        ),
        ("concurrency: {limit: -1}", "4:22 'limit' is a whole number of 0 or more, not '-1'"),
        ("concurrency: 2\nconcurrency_limit: 2", "5:1 'concurrency_limit' and 'concurrency' say the same"),
        ("rate_limit: 10", "4:13 'rate_limit' is a number of starts in a time, such as 10/m"),
        ("rate_limit: 0/m", "4:13 'rate_limit' is a number of starts in a time"),
        ("requires: {cpus: 2}", "4:12 'requires' has no key 'cpus'; did you mean 'cpu'?"),
        ("requires: {cpu: many}", "4:17 'cpu' is a number of processors, such as 2 or 0.5, not 'many'"),
        ("requires: {memory: 4 GX}", "4:20 'memory' is an amount of memory, such as 4GiB or 512MiB, not '4 GX'"),
        ("requires: {gpu: 0.5}", "4:17 'gpu' is a whole number from 0 to 10000, not '0.5'"),
        ("requires: {labels: eu}", "4:20 'labels' is a mapping of labels to values, such as {zone: eu}, not 'eu'"),
        ("retention: 30d", "4:12 'retention' is a mapping such as {age: 30d, count: 1000}, or forever, not '30d'"),
        ("retention: {days: 3}", "4:13 'retention' has no key 'days'; there are age, count"),
        ("retention: {age: month}", "4:18 'age' is a duration, such as 30d or 12h, or forever, not 'month'"),
        ("retention: {age: -1d}", "4:18 'age' is a duration"),
        ("retention: {count: -1}", "4:20 'count' is a whole number of 0 or more, or all, not '-1'"),
        ("retention: {count: '5'}", "4:20 'count' is a whole number"),
        ("retention: {count: 1.5}", "4:20 'count' is a whole number"),
        ("concurrency_limit: -1", "4:20 'concurrency_limit' is a whole number of 0 or more"),
        ("working_directory: /tmp", "4:20 'working_directory' is a folder within the shipped code"),
        ("working_directory: a/../..", "4:20 'working_directory' leads out"),
        ("code: none\nworking_directory: src", "5:20 without code that is shipped, 'working_directory' is an absolute"),
        (
            "code: no-such-folder",
            "4:7 'code' is a folder, none for no code, or a mapping such as {git: {url: …}}; there is no folder "
                + "'no-such-folder'"
        ),
        ("python: {version: three}", "4:19 'version' is a version of Python, such as 3.11, not 'three'"),
        ("python: {requirements: none.txt}", "4:24 'requirements' is a list, or a file like requirements.txt: cannot"),
        ("python: 3.11", "4:9 'python' is a mapping of keys to values, not '3.11'"),
    ])
    func `Wrong values`(line: String, problem: String) {
        let found = problems(document(line))
        #expect(found.count == 1 && found[0].hasPrefix(problem), "\(found)")
    }

    @Test(arguments: [
        (
            "parameters: {month: {type: integer, default: March}}",
            "4:46 the default of 'month' breaks the schema: 'March' is not of type 'integer'"
        ),
        (
            "parameters: {m: {type: array, items: {type: integer}, default: [1, x]}}",
            "4:68 the default of 'm[1]' breaks the schema: 'x' is not of type 'integer'"
        ),
        ("parameters: {'a/b': {type: integer, default: x}}", "4:46 the default of"),
        (
            "parameters: {m: {type: integer, maximum: 3}}\ndefaults: {m: 4}",
            "5:15 the default of 'm' breaks the schema: 4 is greater than the maximum of 3"
        ),
        (
            "parameters: {month: integer}\ndefaults: {mnth: 4}",
            "5:12 'mnth' is none of the parameters; did you mean 'month'?"
        ),
        ("parameters: {m: {type: string, pattern: '('}}", "4:41 this is no JSON Schema, at 'pattern'"),
        ("parameters: {m: {minimum: low}}", "4:27 this is no JSON Schema, at 'minimum'"),
        ("parameters: [m]", "4:13 'parameters' is a mapping of names to types, not a list"),
        ("parameters: {m: [integer]}", "4:17 the parameter 'm' is a type or a mapping"),
        (
            "parameters: {m: {type: integer, optional: true}}",
            "4:33 the parameter 'm' has no keyword 'optional'; give it a default, and allow null by type: [integer"
        ),
        ("parameters: {m: integer}\nparameter_schema: {}", "4:1 'parameters' and 'parameter_schema' say the same"),
        ("parameter_schema: {properties: {a: {type: int}}}", "4:43 this is no JSON Schema, at 'properties.a.type'"),
        (
            "parameter_schema: {properties: {a: {type: integer}}}\ndefaults: {a: x}",
            "5:15 the default of 'a' breaks the schema"
        ),
    ])
    func `Wrong parameters`(line: String, problem: String) {
        let found = problems(document(line))
        #expect(found.count == 1 && found[0].hasPrefix(problem), "\(found)")
    }

    @Test(arguments: [
        (
            "command: [sh, '{{ parameters.mnth }}']\nparameters: {month: integer}",
            "3:15 {{ parameters.mnth }} names no declared parameter; did you mean 'month'?"
        ),
        ("command: echo {{ parameters.x }}", "3:10 {{ parameters.x }} names no declared parameter"),
        (
            "command: echo {{ month }}\nparameters: {month: integer}",
            "3:10 write {{ parameters.month }} for the parameter 'month', not {{ month }}"
        ),
        ("command: [a]\nenv: {A: '{{ parameters.x.y }}'}", "4:10 {{ parameters.x.y }} names no declared parameter"),
        (
            "command: {{ parameters.x }}",
            "3:11 a key is a text, not a mapping; if a placeholder is meant, put it in quotes"
        ),
        ("command: [sh, {{ parameters.x }}]", "3:16 a key is a text, not a mapping"),
        ("command: {{ parameters.x }} | head", "3:31 this is not YAML"),
        ("command: []", "3:10 'command' names no program"),
        ("command: ['', a]", "3:10 'command' names no program"),
        ("command: '  '", "3:10 'command' is empty"),
        ("command: [sh, ~]", "3:15 an argument of 'command' is a text, not ~"),
        ("command: [sh, [a]]", "3:15 an argument of 'command' is a text, not a list"),
        ("command: [sh, \"a\\0b\"]", "3:15 an argument of 'command' holds a zero byte"),
    ])
    func `Wrong commands`(line: String, problem: String) {
        let found = problems("flow: f\nname: n\n\(line)\n")
        #expect(found.contains { $0.hasPrefix(problem) }, "\(found)")
    }

    @Test func `Placeholders may name what a whole schema leaves open`() {
        #expect(
            problems(
                "flow: f\nname: n\ncommand: [a, '{{ parameters.x }}']\nparameter_schema: {type: object}"
            ).isEmpty)
        #expect(
            problems(
                "flow: f\nname: n\ncommand: docker inspect -f '{{.State}}' {{ parameters.x }}\nparameters: {x: string}"
            ).isEmpty)
    }

    @Test func `One that is there twice is refused with both lines`() {
        let text = "deployments:\n- {flow: a, name: b, command: c}\n- {flow: a, name: b, command: d}\n"
        #expect(problems(text) == ["3:3 the deployment a/b is there twice: first at line 2"])
    }

    @Test func `What is shared and wrong is reported once`() {
        let text =
            "timeout: x\nfloww: a\ndeployments:\n- {flow: a, name: b, command: c}\n- {flow: a, name: d, command: d}\n"
        #expect(problems(text).map { $0.prefix(4) } == ["1:10", "2:1 "])
    }

    @Test(arguments: ["", "# nothing\n", "---\n", "~"])
    func `A document without deployments`(text: String) {
        #expect(problems(text) == ["1:1 the document states no deployment"])
    }

    @Test(arguments: ["[]", "hello", "5", "- flow: a"])
    func `A document that is no mapping`(text: String) {
        #expect(problems(text).count == 1 && problems(text)[0].hasPrefix("1:1 a deployment is a mapping"))
    }

    @Test func `The whole is printed as compilers print`() {
        #expect(throws: InvalidDocument.self) { try read("flow: [a]") }
        do {
            _ = try DocumentReader.read(text: document("lease: 1"), file: "x/sluice.yaml")
        } catch {
            #expect(error.description == "x/sluice.yaml:4:8: 'lease' is 5s or more, not '1'")
        }
    }
}
