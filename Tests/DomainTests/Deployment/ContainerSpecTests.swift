import Domain
import JSON
import Testing

@Suite struct ContainerSpecTests {
    private let full = ContainerSpec(
        image: "a/b:1", pull: .always, registry: RegistryCredentials(username: "u", password: "{{ secrets.p }}"),
        entrypoint: ["e"], environment: ["A": "b"], volumes: ["/a:/b:ro"],
        networks: ["n", "m"], user: "1:2", workingDirectory: "/w", memoryBytes: 1 << 20, memorySwapBytes: 2 << 20,
        cpus: 1.5, processes: 7, sharedMemoryBytes: 4096, isPrivileged: true, labels: ["l": "m"], hosts: ["x:1.2.3.4"])

    @Test func itIsReadAsItIsWritten() throws {
        #expect(try ContainerSpec(json: full.json) == full)
        #expect(try ContainerSpec(json: ContainerSpec(image: "a").json) == ContainerSpec(image: "a"))
        #expect(ContainerSpec(image: "a").json == ["image": "a"], "what is as usual is left out")
        var execution = ExecutionSpec(command: .shell("true"), container: full)
        execution.limits = ProcessLimits(
            memoryBytes: 5, cpuTime: .seconds(3), cpus: 0.5, processes: 2, openFiles: 9)
        execution.user = "guest"
        #expect(try ExecutionSpec(json: execution.json) == execution)
    }

    @Test func aRegistrysPasswordIsKeptElsewhere() throws {
        #expect(full.registry?.namesSecret == true)
        for text in ["word", "", "{{ parameters.p }}", "{{ variables.p }}"] {
            #expect(!RegistryCredentials(username: "u", password: text).namesSecret, "\(text)")
        }
        let execution = ExecutionSpec(command: .shell("true"), container: full)
        let secret = TemplateReference(.secrets, ["p"])
        #expect(execution.storedReferences == [secret])
        let made = try execution.withCredentials(in: TemplateScope(parameters: [:], stored: [secret: "word"]))
        #expect(made.container?.registry == RegistryCredentials(username: "u", password: "word"))
        #expect(throws: UnresolvedReference.self) { try execution.withCredentials(in: TemplateScope(parameters: [:])) }
    }

    @Test func whatNamesTheAgentsEnvironmentIsFilledIn() {
        var spec = full
        (spec.image, spec.volumes) = ("{{ $IMAGE }}:1", ["{{ $HOME }}/a:/b"])
        let made = EnvironmentReferences.expand(spec, in: ["IMAGE": "a/b", "HOME": "/h"])
        #expect(made.image == "a/b:1" && made.volumes == ["/h/a:/b"] && made.registry == full.registry)
    }

    @Test(
        arguments: [
            ["image": ""], [:], ["image": "a", "pull": "sometimes"], ["image": "a", "memory": "much"],
            ["image": "a", "memory": -1], ["image": "a", "cpus": 0], ["image": "a", "processes": 0],
        ] as [JSONValue])
    func whatMakesNoSenseIsRefused(value: JSONValue) {
        #expect(throws: JSONReadingError.self) { try ContainerSpec(json: value) }
    }

    @Test(
        arguments: [
            ("512", 512), ("1k", 1024), ("512m", 512 << 20), ("512MB", 512 << 20), ("1.5g", 3 << 29),
            ("2 GiB", 2 << 30),
            ("2Gi", 2 << 30), ("0b", 0),
        ] as [(String, Int64)])
    func amountsOfMemory(text: String, bytes: Int64) { #expect(MemoryAmount.parse(text) == bytes) }

    @Test(arguments: ["", "m", "12x", "-1", "1e3", "99999999t", "1 2", "mib"])
    func whatIsNoAmount(text: String) { #expect(MemoryAmount.parse(text) == nil) }

    @Test func aNetworkIsTheHostsUnlessItSaysOtherwise() {
        #expect(ContainerSpec(image: "a").effectiveNetworks == ["host"])
        #expect(full.effectiveNetworks == ["n", "m"])
    }
}
