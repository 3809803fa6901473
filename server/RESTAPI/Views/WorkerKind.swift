import JSON

/// What clients are told of a kind of work pool before they make one: which settings of infrastructure its runs have,
/// and how those are put together.
enum WorkerKind {
    /// Runs execute as processes of their host.
    static let process: JSONValue = [
        "type": "process", "display_name": "Process",
        "description": "Runs execute as processes on the host of the agent or worker that takes them.",
        "documentation_url": .null, "logo_url": .null, "install_command": "pip install prefect", "is_beta": false,
        "default_base_job_configuration": [
            "job_configuration": configuration, "variables": ["type": "object", "properties": variables],
        ],
    ]

    private static let configuration: JSONValue = [
        "command": "{{ command }}", "env": "{{ env }}", "labels": "{{ labels }}", "name": "{{ name }}",
        "stream_output": "{{ stream_output }}", "working_dir": "{{ working_dir }}",
    ]

    private static let variables: JSONValue = [
        "name": ["title": "Name", "type": "string", "description": "What the process is called."],
        "env": [
            "title": "Environment Variables", "type": "object", "additionalProperties": ["type": "string"],
            "description": "Variables of the process's environment, by their names.",
        ],
        "labels": [
            "title": "Labels", "type": "object", "additionalProperties": ["type": "string"],
            "description": "Labels of the process, by their names.",
        ],
        "command": [
            "title": "Command", "type": "string",
            "description": "What is executed. Left out, it is the command that runs a flow, which is what most want.",
        ],
        "stream_output": [
            "title": "Stream Output", "type": "boolean", "default": true,
            "description": "Whether what the process writes is written by the worker, too.",
        ],
        "working_dir": [
            "title": "Working Directory", "type": "string", "format": "path",
            "description": "The folder that the process starts in. Left out, it is a fresh one.",
        ],
    ]
}
