import Domain
import Testing

@testable import DeploymentDocument

@Suite struct ContainerDocumentTests {
    @Test func aContainerCanSayEverything() throws {
        let text = """
            executor: container
            container:
              image: python:3.12
              pull: never
              registry: {username: me, password: "{{ secrets.registry }}"}
              entrypoint: [tini, --]
              env: {A: 1}
              volumes: ["/data:/data:ro", "cache:/cache"]
              networks: [front, back]
              user: 1000:1000
              working_directory: /srv
              memory: 512m
              memory_swap: 1g
              cpus: 1.5
              processes: 64
              shared_memory: 64m
              privileged: true
              labels: {team: data}
              hosts: ["db:10.0.0.5"]
            """
        let definition = try #require(try read(document(text)).first)
        let expected = ContainerSpec(
            image: "python:3.12", pull: .never,
            registry: RegistryCredentials(username: "me", password: "{{ secrets.registry }}"),
            entrypoint: ["tini", "--"], environment: ["A": "1"], volumes: ["/data:/data:ro", "cache:/cache"],
            networks: ["front", "back"], user: "1000:1000",
            workingDirectory: "/srv", memoryBytes: 512 << 20, memorySwapBytes: 1 << 30, cpus: 1.5, processes: 64,
            sharedMemoryBytes: 64 << 20, isPrivileged: true, labels: ["team": "data"], hosts: ["db:10.0.0.5"])
        #expect(definition.container == expected)
        #expect(definition.execution(bundle: nil).container == expected)
    }

    @Test func anImageAloneWillDo() throws {
        #expect(try read(document("container: busybox")).first?.container == ContainerSpec(image: "busybox"))
        #expect(try read(document("")).first?.container == nil)
    }

    @Test func aProcessHasLimits() throws {
        let text = "limits: {memory: 1g, cpu_time: 1m, cpus: 0.5, processes: 20, open_files: 100}\nuser: nobody"
        let definition = try #require(try read(document(text)).first)
        #expect(
            definition.limits
                == ProcessLimits(
                    memoryBytes: 1 << 30, cpuTime: .seconds(60), cpus: 0.5, processes: 20, openFiles: 100))
        #expect(definition.user == "nobody")
    }

    @Test(arguments: [
        ("executor: container", "wants a 'container'"),
        ("executor: contianer", "did you mean 'container'?"),
        ("executor: process\ncontainer: a", "'executor: process' has no 'container'"),
        ("container: {pull: always}", "'container' has no 'image'"),
        ("container: {image: a, imgae: b}", "did you mean 'image'?"),
        ("container: {image: a, pull: sometimes}", "'pull' cannot be 'sometimes'"),
        ("container: {image: a, memory: much}", "'memory' is an amount of memory"),
        ("container: {image: a, volumes: [data]}", "a volume is HOST:CONTAINER"),
        ("container: {image: a, working_directory: src}", "is an absolute path in it"),
        ("container: {image: a, privileged: maybe}", "'privileged' is true or false"),
        ("container: {image: a, registry: {username: me}}", "'registry' wants a 'username' and a 'password'"),
        ("container: {image: a, registry: {username: me, password: word}}", "keep it with 'sluice secret set NAME'"),
        ("container: a\nlimits: {memory: 1g}", "give it within 'container'"),
        ("container: a\npython: {version: '3.11'}", "the image has its own Python"),
        ("limits: {memory: 0}", "'memory' is an amount of memory"),
        ("limits: {cpu_time: 1ms}", "'cpu_time' is 1s or more"),
    ])
    func whatIsWrongIsSaid(text: String, expected: String) {
        let found = problems(document(text))
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }
}
