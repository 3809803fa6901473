/// Who holds slots, or waits for them, where that is said.
public struct LimitHolder: Sendable, Hashable {
    /// The words of Prefect's API.
    public enum Kind: String, Sendable, CaseIterable {
        case flowRun = "flow_run"
        case taskRun = "task_run"
        case deployment = "deployment"
    }

    public let kind: Kind
    public let id: ID<LimitHolder>

    public init<Subject>(_ kind: Kind, _ id: ID<Subject>) {
        self.kind = kind
        self.id = id.cast()
    }
}
