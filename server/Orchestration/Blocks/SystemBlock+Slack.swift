import JSON

extension SystemBlock {
    /// With the fields that Prefect's client gives it.
    static let slackWebhook = SystemBlock(
        name: "Slack Webhook", slug: "slack-webhook",
        description: "A channel of Slack, or of what takes messages as Slack does, that gets messages of automations.",
        codeExample: """
            ```yaml
            actions:
              - {type: send-notification, block: slack-webhook/NAME, subject: "{{ flow_run.name }}", body: "…"}
            ```
            """,
        capabilities: ["notify"],
        fields: [
            "title": "SlackWebhook", "type": "object", "block_type_slug": "slack-webhook", "required": ["url"],
            "secret_fields": ["url"], "block_schema_references": [:],
            "properties": [
                "notify_type": [
                    "title": "Notify Type", "description": "What kind of message it is.", "type": "string",
                    "enum": ["info", "success", "warning", "failure"], "default": "info", "position": 0,
                ],
                "url": [
                    "title": "Webhook URL", "description": "The address that the channel was given.",
                    "type": "string", "format": "password", "writeOnly": true, "position": 1,
                ],
                "allow_private_urls": [
                    "title": "Allow Private Urls", "description": "Whether addresses of private networks are called.",
                    "type": "boolean", "default": true, "position": 2,
                ],
            ],
        ])
}
