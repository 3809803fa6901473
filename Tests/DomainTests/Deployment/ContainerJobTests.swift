import Domain
import JSON
import Testing

/// Jobs of pools of type docker, in the words of Prefect's Docker workers.
@Suite struct ContainerJobTests {
    private struct NoReferences: JobReferences {
        func variable(named name: String) -> JSONValue? { nil }
        func block(named name: String, type: String) -> JSONObject? { nil }
        func block(id: String) -> JSONObject? { nil }
    }

    private func container(_ variables: JSONObject) throws -> ContainerSpec {
        let job = try JobTemplate.containers.job(
            deployment: variables, run: [:], references: NoReferences(), in: .container)
        return try #require(job.container)
    }

    @Test func withoutVariablesItIsPrefectsOwnImage() throws {
        #expect(try container([:]) == ContainerSpec(image: "docker.io/prefecthq/prefect:3-latest"))
    }

    @Test func variablesAreObeyed() throws {
        let made = try container([
            "image": "a:1", "image_pull_policy": "Never", "volumes": ["/a:/b"], "networks": ["n", "m"],
            "mem_limit": "1g", "memswap_limit": "-1", "privileged": true, "labels": ["x": 1],
            "container_create_kwargs": [
                "user": "1000", "working_dir": "/w", "entrypoint": "sh -c 'a b'", "shm_size": 65536,
                "nano_cpus": 500_000_000, "pids_limit": 10, "extra_hosts": ["h": "1.2.3.4"],
            ],
        ])
        let expected = ContainerSpec(
            image: "a:1", pull: .never, entrypoint: ["sh", "-c", "a b"], volumes: ["/a:/b"], networks: ["n", "m"],
            user: "1000", workingDirectory: "/w", memoryBytes: 1 << 30, cpus: 0.5, processes: 10,
            sharedMemoryBytes: 65536, isPrivileged: true, labels: ["x": "1"], hosts: ["h:1.2.3.4"])
        #expect(made == expected)
        let login: JSONObject = ["registry_credentials": ["username": "u", "password": "p", "registry_url": "r"]]
        #expect(try container(login).registry == RegistryCredentials(username: "u", password: "p"))
        #expect(try container(["network_mode": "bridge", "networks": ["n"]]).networks == ["bridge"])
    }

    @Test(
        arguments: [
            ["image_pull_policy": "Sometimes"], ["volumes": "/a:/b"], ["mem_limit": "much"], ["networks": [1]],
            ["registry_credentials": "me"],
        ] as [JSONObject])
    func whatCannotBeReadIsNamed(variables: JSONObject) {
        #expect(throws: JobTemplateError.self) { try container(variables) }
    }

    @Test func elsewhereThereIsNoContainer() throws {
        let job = try JobTemplate.containers.job(
            deployment: ["image": "a:1"], run: [:], references: NoReferences(), in: .process)
        #expect(job.container == nil)
    }

    @Test func whoClaimsRunsOfSuchAPool() {
        #expect(JobPlace(poolType: "docker") == .container && JobPlace(poolType: "process") == .process)
    }
}
