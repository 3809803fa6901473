import Domain
import JSON
import Orchestration

extension RunGraph {
    /// Prefect's `Graph`.
    var view: JSONValue {
        [
            "start_time": start.json, "end_time": end.json, "root_node_ids": roots.json,
            "nodes": .list(nodes) { [.string($0.id), $0.view(exhibits[$0.taskRunID] ?? [])] },
            "artifacts": .list(exhibits[nil] ?? [], \.view),
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
    fileprivate func view(_ exhibits: [RunGraph.Exhibit]) -> JSONValue {
        [
            "kind": .string(kind.rawValue), "id": .string(id), "label": .string(label),
            "state_type": (state?.rawValue).json, "start_time": start.json, "end_time": end.json,
            "parents": edges(parents), "children": edges(children), "encapsulating": edges(encapsulating),
            "artifacts": .list(kind == .taskRun ? exhibits : [], \.view),
        ]
    }

    private func edges(_ ids: [String]) -> JSONValue { .list(ids) { ["id": .string($0)] } }
}

extension RunGraph.Exhibit {
    /// Of progress, how far it has come; of others, nothing that pages would show in a graph.
    fileprivate var view: JSONValue {
        [
            "id": artifact.id.json, "created": artifact.created.json, "key": artifact.key.json,
            "type": artifact.type.json, "is_latest": .bool(isLatest),
            "data": artifact.type == "progress" ? artifact.data : .null,
        ]
    }
}
