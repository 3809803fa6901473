import JSON
import Synchronization
import TestSupport

@testable import SluiceCLI

/// A server with one deployment, `etl/daily`, and one run of it.
struct FakeServer {
    static let deployment: JSONValue = [
        "id": "d1", "name": "daily", "flow_name": "etl", "work_pool_name": "default", "work_queue_name": "default",
        "updated": "2027-01-15T07:00:00Z", "parameters": [:],
        "parameter_openapi_schema": [
            "type": "object", "additionalProperties": false, "required": ["month"],
            "properties": ["month": ["type": "integer"], "text": ["type": "string"]],
        ],
    ]
    static let run: JSONValue = [
        "id": "01a1fd64-06aa-7535-9709-f8f2de5601d4", "name": "brave-otter", "flow_name": "etl",
        "deployment_name": "daily", "state": ["type": "RUNNING", "name": "Running"], "parameters": ["month": 3],
        "start_time": "2027-01-15T07:59:00Z", "agent_name": "a1", "work_pool_name": "default",
        "work_queue_name": "default", "is_served": false, "data_interval_start": "2027-01-14T00:00:00Z",
        "data_interval_end": "2027-01-15T00:00:00Z",
    ]

    let server: CannedServer
    var url: String { server.url }

    /// - Parameter more: answers before all others.
    init(_ more: @escaping @Sendable (CannedRequest) -> CannedAnswer? = { _ in nil }) throws {
        server = try CannedServer { request in more(request) ?? Self.answer(request) }
    }

    var harness: CommandHarness { CommandHarness(environment: ["SLUICE_API_URL": url]) }

    /// What was sent to a path, parsed.
    func bodies(_ method: String, _ path: String) -> [JSONValue] {
        server.requests.filter { $0.method == method && $0.path == "/api" + path }.compactMap {
            try? JSONValue(parsing: $0.body)
        }
    }

    private static func answer(_ request: CannedRequest) -> CannedAnswer {
        let path = request.path.dropFirst("/api".count)
        switch (request.method, path) {
        case ("GET", "/deployments/name/etl/daily"): return CannedAnswer(200, deployment.serialized())
        case ("POST", "/deployments/filter"): return CannedAnswer(200, "[\(deployment.serialized())]")
        case ("POST", "/deployments/d1/create_flow_run"): return CannedAnswer(201, run.serialized())
        case ("POST", "/flow_runs/filter"): return CannedAnswer(200, "[\(run.serialized())]")
        case ("POST", "/flow_runs/count"): return CannedAnswer(200, "7")
        case ("GET", "/flow_runs/find/brave-otter"): return CannedAnswer(200, run.serialized())
        case ("GET", "/sluice"): return CannedAnswer(200, #"{"version": "1", "agent_endpoint": "10.0.0.5:4201"}"#)
        case ("GET", "/work_pools/default/queues/default"):
            return CannedAnswer(
                200, #"{"id": "q", "name": "default", "work_pool_name": "default", "agents_online": 0}"#)
        default: return CannedAnswer(404, #"{"detail": "not found: \#(request.method) \#(path)"}"#)
        }
    }
}
