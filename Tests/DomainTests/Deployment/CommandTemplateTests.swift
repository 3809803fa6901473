import Domain
import Glibc
import JSON
import Testing

@Suite struct CommandTemplateTests {
    private let parameters: JSONObject = [
        "name": "O'Hara \"$(touch /tmp/x)\"; rm -rf `pwd` \\ \n line two", "month": 3,
        "ratio": JSONValue(numberLexeme: "0.10") ?? .null,
        "flag": true, "none": .null, "list": ["a b", 1], "range": ["from": "x"],
    ]

    @Test func aListKeepsItsArgumentsWhole() throws {
        let template = CommandTemplate.arguments([
            "prog", "--n={{ parameters.name }}", "{{parameters.month}}", "{{ parameters.range.from }}",
            "{{ parameters.list }}", "{{ parameters.flag }}", "{{ parameters.none }}", "{{ parameters.ratio }}",
            "{{ other }} {x} }}",
        ])
        let (arguments, environment) = try template.render(in: TemplateScope(parameters: parameters))
        #expect(environment.isEmpty)
        #expect(
            arguments == [
                "prog", "--n=O'Hara \"$(touch /tmp/x)\"; rm -rf `pwd` \\ \n line two", "3", "x", "[\"a b\",1]", "true",
                "", "0.10", "{{ other }} {x} }}",
            ])
    }

    @Test func aMissingParameterIsNamed() {
        let template = CommandTemplate.arguments(["x", "{{ parameters.range.to }}"])
        let error = #expect(throws: UnresolvedReference.self) {
            try template.render(in: TemplateScope(parameters: parameters))
        }
        #expect(error?.reference.joinedPath == "range.to")
        #expect(template.parameterPaths == ["range.to"])
    }

    @Test func whatTheServerKeepsIsNamedAndPutInPlace() throws {
        let spec = ExecutionSpec(
            command: .shell("{{ secrets.a-b }} {{ parameters.month }} {{ variables.x.y }}"),
            environment: [
                "A": "<{{ blocks.web-hook.alarms.url }}>", "B": "{{ secrets }} {{ other.x }} {{ blocks.a.b }}",
            ])
        let secret = TemplateReference(.secrets, ["a-b"])
        let variable = TemplateReference(.variables, ["x", "y"])
        let field = TemplateReference(.blocks, ["web-hook", "alarms", "url"])
        #expect(spec.storedReferences == [secret, variable, field])
        let scope = TemplateScope(parameters: parameters, stored: [secret: "s", variable: 3])
        let (arguments, environment) = try spec.command.render(in: scope)
        #expect(arguments[2] == "\"${SLUICE_VALUE_1}\" \"${SLUICE_VALUE_2}\" \"${SLUICE_VALUE_3}\"")
        #expect(environment.values.sorted() == ["3", "3", "s"])
        let missing = #expect(throws: UnresolvedReference.self) {
            try PlaceholderText(spec.environment["A"] ?? "").render(in: scope)
        }
        #expect(missing?.reference == field)
        // What only a run's grant can know does not stand in the way of its submission.
        try spec.command.check(parameters)
    }

    @Test func secretsAreNotForArguments() {
        let secret = TemplateReference(.secrets, ["x"])
        #expect(CommandTemplate.arguments(["curl", "-H{{ secrets.x }}"]).exposedSecrets == [secret])
        #expect(CommandTemplate.shell("curl -H{{ secrets.x }}").exposedSecrets.isEmpty)
    }

    /// Whatever quotes surround a placeholder, a real shell sees its value as one piece of text and executes none of it.
    @Test(arguments: [
        ("printf %s {{ parameters.name }}", "", ""), ("printf %s \"<{{ parameters.name }}>\"", "<", ">"),
        ("printf %s '<{{ parameters.name }}>'", "<", ">"), ("printf %s a\\'{{ parameters.name }}", "a'", ""),
    ])
    func aShellNeverReadsAValueAgain(script: String, before: String, after: String) throws {
        let (arguments, environment) = try CommandTemplate.shell(script).render(
            in: TemplateScope(parameters: parameters))
        let name = parameters["name"]?.stringValue ?? ""
        #expect(try output(of: arguments, environment) == before + name + after)
    }

    private func output(of arguments: [String], _ environment: [String: String]) throws -> String {
        var pipe: [Int32] = [0, 0]
        try #require(Glibc.pipe(&pipe) == 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
        let argv = arguments.map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        var child = pid_t()
        try #require(posix_spawn(&child, arguments[0], &actions, nil, argv, envp) == 0)
        close(pipe[1])
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = read(pipe[0], &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        close(pipe[0])
        waitpid(child, nil, 0)
        return String(decoding: bytes, as: UTF8.self)
    }
}
