import Domain
import JSON
import Orchestration

extension RunGraph {
    /// Prefect's `Graph`.
    var view: JSONValue {
        [
            "start_time": start.json, "end_time": end.json, "root_node_ids": roots.json,
            "nodes": .list(nodes) { [.string($0.id), $0.view] }, "artifacts": [],
            "states": .list(states) { state in
                [
                    "id": state.id.json, "timestamp": state.timestamp.json, "type": .string(state.type.rawValue),
                    "name": .string(state.name),
                ]
            },
        ]
    }
}

extension RunGraph.Node {
    fileprivate var view: JSONValue {
        [
            "kind": .string(kind.rawValue), "id": .string(id), "label": .string(label),
            "state_type": (state?.rawValue).json, "start_time": start.json, "end_time": end.json,
            "parents": edges(parents), "children": edges(children), "encapsulating": edges(encapsulating),
            "artifacts": [],
        ]
    }

    private func edges(_ ids: [String]) -> JSONValue { .list(ids) { ["id": .string($0)] } }
}
