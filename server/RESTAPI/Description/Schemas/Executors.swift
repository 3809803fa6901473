import Domain

extension Schema {
    private static let amount = any(of: .count, .text)

    /// Who fetches an image. A password is named, not written down.
    private static let registry = body("RegistryCredentials", required: ["username": .text, "password": .text])

    /// A container of an agent's Docker or Podman.
    static let container = body(
        "ContainerSpec", required: ["image": .text],
        optional: [
            "pull": .words(of: ContainerSpec.PullPolicy.self), "registry": registry, "entrypoint": .list(of: .text),
            "env": .map(of: .text),
            "volumes": .list(of: .text), "networks": .list(of: .text), "user": .text, "working_directory": .text,
            "memory": amount, "memory_swap": amount, "cpus": .number(0.001...100_000),
            "processes": .whole(1...4_194_304),
            "shared_memory": amount, "privileged": .flag, "labels": .map(of: .text), "hosts": .list(of: .text),
        ])

    /// What a process may use at most.
    static let processLimits = body(
        "ProcessLimits",
        optional: [
            "memory": amount, "cpu_time": .span, "cpus": .number(0.001...100_000), "processes": .whole(1...4_194_304),
            "open_files": .whole(1...1_048_576),
        ])
}
