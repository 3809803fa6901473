public import Domain
public import JSON

/// A block with its type, its schema, and the blocks that it holds.
public struct DescribedBlock: Sendable {
    public let document: BlockDocument
    public let tree: BlockSchemaTree
    public let type: BlockType
    /// Its data, those of the blocks that it holds among them; secrets are masked unless they were asked for.
    public let data: JSONObject
    /// By the fields that hold them.
    public let held: [(name: String, block: DescribedBlock)]
}
