public import JSON

/// An order that a list can be asked for in, by the name that Prefect's API gives to it.
public protocol ListOrder: JSONReadable, Sendable {
    /// The order of a list that is asked for in none.
    static var standard: Self { get }
    /// As in `ORDER BY`, and such that no two rows are equal: pages must not overlap.
    var columns: String { get }
}

/// Orders of flow runs.
public enum FlowRunOrder: String, CaseIterable, ListOrder {
    case newestFirst = "ID_DESC"
    case startAscending = "START_TIME_ASC"
    case startDescending = "START_TIME_DESC"
    case expectedStartAscending = "EXPECTED_START_TIME_ASC"
    case expectedStartDescending = "EXPECTED_START_TIME_DESC"
    case nameAscending = "NAME_ASC"
    case nameDescending = "NAME_DESC"
    case nextStartAscending = "NEXT_SCHEDULED_START_TIME_ASC"
    case endDescending = "END_TIME_DESC"

    public static let standard = newestFirst

    public var columns: String {
        switch self {
        case .newestFirst: "run.id DESC"
        // What has not started stands where it is expected to.
        case .startAscending: "coalesce(run.start_time, run.expected_start), run.id"
        case .startDescending: "coalesce(run.start_time, run.expected_start) DESC, run.id DESC"
        case .expectedStartAscending: "run.expected_start, run.id"
        case .expectedStartDescending: "run.expected_start DESC, run.id DESC"
        case .nameAscending: "run.name, run.id"
        case .nameDescending: "run.name DESC, run.id DESC"
        case .nextStartAscending: "run.due NULLS LAST, run.id"
        case .endDescending: "run.end_time DESC NULLS LAST, run.id DESC"
        }
    }
}

/// Orders of task runs.
public enum TaskRunOrder: String, CaseIterable, ListOrder {
    case newestFirst = "ID_DESC"
    case expectedStartAscending = "EXPECTED_START_TIME_ASC"
    case expectedStartDescending = "EXPECTED_START_TIME_DESC"
    case nameAscending = "NAME_ASC"
    case nameDescending = "NAME_DESC"
    case nextStartAscending = "NEXT_SCHEDULED_START_TIME_ASC"
    case endDescending = "END_TIME_DESC"

    public static let standard = newestFirst

    public var columns: String {
        switch self {
        case .newestFirst: "task_run.id DESC"
        case .expectedStartAscending: "task_run.expected_start, task_run.id"
        case .expectedStartDescending: "task_run.expected_start DESC, task_run.id DESC"
        case .nameAscending: "task_run.name, task_run.id"
        case .nameDescending: "task_run.name DESC, task_run.id DESC"
        case .nextStartAscending: "task_run.due NULLS LAST, task_run.id"
        case .endDescending: "task_run.end_time DESC NULLS LAST, task_run.id DESC"
        }
    }
}

/// Orders of flows.
public enum FlowOrder: String, CaseIterable, ListOrder {
    case newestFirst = "CREATED_DESC"
    case lastChangedFirst = "UPDATED_DESC"
    case nameAscending = "NAME_ASC"
    case nameDescending = "NAME_DESC"

    public static let standard = nameAscending

    public var columns: String {
        switch self {
        case .newestFirst: "flow.created DESC, flow.id DESC"
        case .lastChangedFirst: "flow.updated DESC, flow.id DESC"
        case .nameAscending: "flow.name"
        case .nameDescending: "flow.name DESC"
        }
    }
}

/// Orders of deployments.
public enum DeploymentOrder: String, CaseIterable, ListOrder {
    case newestFirst = "CREATED_DESC"
    case lastChangedFirst = "UPDATED_DESC"
    case nameAscending = "NAME_ASC"
    case nameDescending = "NAME_DESC"

    public static let standard = nameAscending

    public var columns: String {
        switch self {
        case .newestFirst: "deployment.created DESC, deployment.id DESC"
        case .lastChangedFirst: "deployment.updated DESC, deployment.id DESC"
        case .nameAscending: "deployment.name, deployment.id"
        case .nameDescending: "deployment.name DESC, deployment.id DESC"
        }
    }
}

/// The order of work pools. It and those below are fixed: what is asked for is passed over, as Prefect's server does.
public enum PoolOrder: ListOrder {
    case byName
    public static let standard = byName
    public init(reading reader: JSONReader) { self = .byName }
    public var columns: String { "work_pool.name" }
}

/// Orders of work queues: that of their names, and within one pool that in which they are served.
public enum QueueOrder: ListOrder {
    case byName, byPriority
    public static let standard = byName
    public init(reading reader: JSONReader) { self = .byName }

    public var columns: String {
        self == .byName ? "work_queue.name, work_queue.id" : "work_queue.priority, work_queue.name, work_queue.id"
    }
}

/// The order of agents.
public enum AgentOrder: ListOrder {
    case byName
    public static let standard = byName
    public init(reading reader: JSONReader) { self = .byName }
    public var columns: String { "agent.name, agent.id" }
}

/// The order of batches.
public enum BatchOrder: ListOrder {
    case newestFirst
    public static let standard = newestFirst
    public init(reading reader: JSONReader) { self = .newestFirst }
    public var columns: String { "batch.id DESC" }
}
