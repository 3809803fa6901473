import JSON

extension WorkerKind {
    /// Runs execute in containers of their host's Docker or Podman. The variables are those of Prefect's Docker workers,
    /// which may serve such a pool, too.
    static let docker: JSONValue = [
        "type": "docker", "display_name": "Docker",
        "description": "Runs execute in containers, on the host of the agent or worker that takes them.",
        "documentation_url": .null, "logo_url": .null, "install_command": "pip install prefect-docker",
        "is_beta": false,
        "default_base_job_configuration": [
            "job_configuration": configuration, "variables": ["type": "object", "properties": variables],
        ],
    ]

    private static let configuration: JSONValue = .object(
        JSONObject(
            (variables.objectValue ?? [:]).map { name, _ in (name, .string("{{ \(name) }}")) }))

    private static let variables: JSONValue = [
        "name": text("Name", "What the container is called by Prefect's workers; Sluice's agents name it by its run."),
        "env": texts("Environment Variables", "Variables of the container's environment, by their names."),
        "labels": texts("Labels", "Labels of the container, by their names."),
        "command": text("Command", "What is executed. Left out, it is the command that runs a flow."),
        "image": text("Image", "The image, as docker pull names it. Left out, it is Prefect's own."),
        "image_pull_policy": [
            "title": "Image Pull Policy", "type": "string", "enum": ["IfNotPresent", "Always", "Never"],
            "description": "When the image is fetched. Left out, it is fetched when the engine does not have it.",
        ],
        "registry_credentials": [
            "title": "Registry Credentials", "type": "object",
            "description": "A block that opens a registry, or an object with a username and a password.",
        ],
        "networks": [
            "title": "Networks", "type": "array", "items": ["type": "string"],
            "description": "Networks of the engine that the container is connected to.",
        ],
        "network_mode": text("Network Mode", "host, bridge or none. Sluice's agents take host where nothing is said."),
        "auto_remove": flag("Auto Remove", "Whether it is removed when it has ended. Sluice's agents always do."),
        "volumes": [
            "title": "Volumes", "type": "array", "items": ["type": "string"],
            "description": "What it sees of its host, each as HOST:CONTAINER or HOST:CONTAINER:ro.",
        ],
        "stream_output": [
            "title": "Stream Output", "type": "boolean", "default": true,
            "description": "Whether what it writes is written by the worker, too.",
        ],
        "mem_limit": text("Memory Limit", "The memory that it may have, for instance 512m."),
        "memswap_limit": text("Memory Swap Limit", "Memory and swap together, or -1 for any amount of swap."),
        "privileged": flag("Privileged", "Whether it may do all that its host may."),
        "container_create_kwargs": [
            "title": "Container Configuration", "type": "object",
            "description": "More settings, as Docker's client for Python calls them.",
        ],
    ]

    private static func text(_ title: String, _ description: String) -> JSONValue {
        ["title": .string(title), "type": "string", "description": .string(description)]
    }

    private static func texts(_ title: String, _ description: String) -> JSONValue {
        [
            "title": .string(title), "type": "object", "additionalProperties": ["type": "string"],
            "description": .string(description),
        ]
    }

    private static func flag(_ title: String, _ description: String) -> JSONValue {
        ["title": .string(title), "type": "boolean", "default": false, "description": .string(description)]
    }
}
