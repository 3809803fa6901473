import Domain
import JSON
import Storage

/// A block type that every server has, so that pages and commands can make such blocks before any client has
/// registered it. A client that does registers its own schema beside this one, and its own words.
struct SystemBlock: Sendable {
    let name: String
    let slug: String
    let description: String
    let codeExample: String
    let capabilities: [String]
    let fields: JSONObject

    static let all = [secret, localFileSystem, webhook, email, slackWebhook]

    static let secretSlug = "secret"

    private static let secret = SystemBlock(
        name: "Secret", slug: secretSlug,
        description: "A value that is kept sealed, and shown only to those who ask for it by their code.",
        codeExample: """
            ```python
            from prefect.blocks.system import Secret

            Secret.load("NAME").get()
            ```
            """,
        capabilities: [],
        fields: [
            "title": "Secret", "type": "object", "block_type_slug": "secret", "required": ["value"],
            "secret_fields": ["value"], "block_schema_references": [:],
            "properties": [
                "value": [
                    "title": "Value", "description": "What is to be kept secret.", "type": "string",
                    "format": "password", "writeOnly": true, "position": 0,
                ]
            ],
        ])

    private static let localFileSystem = SystemBlock(
        name: "Local File System", slug: "local-file-system",
        description: "Files in a folder of the host that a flow executes on.",
        codeExample: """
            ```python
            from prefect.filesystems import LocalFileSystem

            folder = LocalFileSystem.load("NAME")
            ```
            """,
        capabilities: ["get-directory", "put-directory", "read-path", "write-path"],
        fields: [
            "title": "LocalFileSystem", "type": "object", "block_type_slug": "local-file-system",
            "secret_fields": [], "block_schema_references": [:],
            "properties": [
                "basepath": [
                    "title": "Basepath", "description": "The folder; without it, the one that the flow works in.",
                    "anyOf": [["type": "string"], ["type": "null"]], "default": .null, "position": 0,
                ]
            ],
        ])

    private static let webhook = SystemBlock(
        name: "Webhook", slug: "webhook",
        description: "An address on the network that is called when something has happened.",
        codeExample: """
            ```python
            from prefect.blocks.webhook import Webhook

            await Webhook.load("NAME").call({"text": "hello"})
            ```
            """,
        capabilities: [],
        fields: [
            "title": "Webhook", "type": "object", "block_type_slug": "webhook", "required": ["url"],
            "secret_fields": ["url", "headers.*"], "block_schema_references": [:],
            "properties": [
                "method": [
                    "title": "Method", "description": "The HTTP method of the call.", "type": "string",
                    "enum": ["GET", "POST", "PUT", "PATCH", "DELETE"], "default": "POST", "position": 0,
                ],
                "url": [
                    "title": "Webhook URL", "description": "The address that is called.", "type": "string",
                    "format": "password", "writeOnly": true, "position": 1,
                ],
                "headers": [
                    "title": "Webhook Headers", "description": "HTTP headers of the call, by their names.",
                    "type": "object", "position": 2,
                ],
                "allow_private_urls": [
                    "title": "Allow Private Urls", "description": "Whether addresses of private networks are called.",
                    "type": "boolean", "default": true, "position": 3,
                ],
                "verify": [
                    "title": "Verify", "description": "Whether the certificate at the address must be valid.",
                    "type": "boolean", "default": true, "position": 4,
                ],
            ],
        ])
}

extension Orchestrator {
    /// Makes the block types that every server has, and protects them. Those that are there keep the words that they
    /// have. Called when a server starts.
    public func installSystemBlocks() async throws {
        try await change { change in
            for block in SystemBlock.all { try change.install(block) }
        }
    }
}

extension Change {
    fileprivate mutating func install(_ block: SystemBlock) throws {
        let type: BlockType
        if var known = try store.blockType(slug: block.slug) {
            if !known.isProtected {
                known.isProtected = true
                try store.update(known)
            }
            type = known
        } else {
            var request = BlockTypeRequest(name: block.name, slug: block.slug)
            request.texts.description = block.description
            request.texts.codeExample = block.codeExample
            type = try insertBlockType(request, isProtected: true)
        }
        // The newest is what pages show: one that a client has registered stays that.
        guard try store.count(in: .blockSchema, .test("type_id = ?", [.id(type.id)])) == 0 else { return }
        var schema = BlockSchemaRequest(typeID: type.id)
        schema.fields = block.fields
        schema.capabilities = block.capabilities
        _ = try ensureBlockSchema(schema)
    }
}
