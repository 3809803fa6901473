import JSON

extension SystemBlock {
    /// Sluice's own: Prefect's blocks for e-mail have what they send with in Python.
    static let email = SystemBlock(
        name: "E-Mail", slug: "email",
        description: "People who get messages of automations by e-mail, and the server that takes these.",
        codeExample: """
            ```yaml
            actions:
              - {type: send-notification, block: email/NAME, subject: "{{ flow_run.name }}", body: "…"}
            ```
            """,
        capabilities: ["notify"],
        fields: [
            "title": "EMail", "type": "object", "block_type_slug": "email",
            "required": ["server", "sender", "recipients"],
            "secret_fields": ["password"], "block_schema_references": [:],
            "properties": [
                "server": text("Server", "The name of the mail server.", at: 0),
                "port": [
                    "title": "Port", "description": "Without it 465 with tls, 587 with starttls, and 25 with none.",
                    "anyOf": [["type": "integer"], ["type": "null"]], "default": .null, "position": 1,
                ],
                "security": [
                    "title": "Security", "description": "tls from the beginning, starttls, or none.", "type": "string",
                    "enum": ["tls", "starttls", "none"], "default": "starttls", "position": 2,
                ],
                "username": [
                    "title": "Username", "description": "Who sends, where the server wants to know.",
                    "anyOf": [["type": "string"], ["type": "null"]], "default": .null, "position": 3,
                ],
                "password": [
                    "title": "Password", "anyOf": [["type": "string", "format": "password"], ["type": "null"]],
                    "default": .null, "writeOnly": true, "position": 4,
                ],
                "sender": text("Sender", "An address: sluice@example.org, or Sluice <sluice@example.org>.", at: 5),
                "recipients": [
                    "title": "Recipients", "description": "Addresses, written likewise.", "type": "array",
                    "items": ["type": "string"], "position": 6,
                ],
                "verify": [
                    "title": "Verify", "description": "Whether the server's certificate must be valid.",
                    "type": "boolean", "default": true, "position": 7,
                ],
            ],
        ])

    private static func text(_ title: String, _ description: String, at position: Int) -> JSONValue {
        [
            "title": .string(title), "description": .string(description), "type": "string",
            "position": JSONValue(position),
        ]
    }
}
