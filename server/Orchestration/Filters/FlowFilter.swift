import Domain
public import JSON
import Storage

/// Which flows: `flows` in Prefect's API.
public struct FlowFilter: JSONReadable, Sendable {
    let condition: Condition

    /// Reads the filter as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var group = try FilterGroup(reader)
        try group.ids("id", of: Flow.self, in: "flow.id")
        try group.text("name", in: "flow.name")
        try group.tags(in: "flow.tags")
        try group.group("deployment") { deployment throws(JSONReadingError) in
            try deployment.test("is_null_") { (isNull: Bool) in
                let has = Condition.isIn("flow.id", "deployment.flow_id", of: .deployment, where: .always)
                return isNull ? .not(has) : has
            }
        }
        condition = try group.condition
    }
}

/// Which deployments: `deployments` in Prefect's API.
public struct DeploymentFilter: JSONReadable, Sendable {
    let condition: Condition

    /// Reads the filter as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var group = try FilterGroup(reader)
        try group.ids("id", of: Deployment.self, in: "deployment.id")
        try group.text("name", in: "deployment.name")
        try group.flag("paused", in: "deployment.is_paused")
        try group.tags(in: "deployment.tags")
        try group.number("concurrency_limit", in: "deployment.concurrency_limit")
        try group.ids("work_queue_id", of: WorkQueue.self, in: "deployment.queue_id")
        try group.group("work_queue_name") { queue throws(JSONReadingError) in
            try queue.test("any_") { (names: [String]) in
                .isIn(
                    "deployment.queue_id", "work_queue.id", of: .workQueue,
                    where: .isAny("work_queue.name", of: names.map { .text($0) }))
            }
        }
        try group.group("flow_or_deployment_name") { name throws(JSONReadingError) in
            try name.test("like_") { (text: String) in
                .any([
                    .contains("deployment.name", text),
                    .isIn("deployment.flow_id", "flow.id", of: .flow, where: .contains("flow.name", text)),
                ])
            }
        }
        condition = try group.condition
    }
}
