/// What is handed to a run that executes or waits, under a key. (run, key) is unique.
public struct FlowRunInput: Sendable, Hashable {
    public let id: ID<FlowRunInput>
    public let runID: ID<FlowRun>
    /// Lower-case letters, digits and dashes.
    public let key: String
    /// Text, in most cases JSON.
    public let value: String
    /// Who gave it: `prefect.flow-run.…`.
    public let sender: String?
    public let created: Timestamp

    public init(
        id: ID<FlowRunInput>, runID: ID<FlowRun>, key: String, value: String, sender: String? = nil, created: Timestamp
    ) {
        self.id = id
        self.runID = runID
        self.key = key
        self.value = value
        self.sender = sender
        self.created = created
    }
}
