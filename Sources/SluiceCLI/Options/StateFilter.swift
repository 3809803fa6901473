import DeploymentDocument
import Domain
import JSON

/// Which states `--state` asks for.
struct StateFilter {
    private var types: [StateType] = []
    private var names: [String] = []

    /// Names that a state may have beside that of its type. Types and names are those of Prefect 3.
    private static let knownNames = [
        "Late", "AwaitingRetry", "AwaitingConcurrencySlot", "Retrying", "TimedOut", "Cached", "Suspended", "Resuming",
        "Submitting", "InfrastructurePending", "RolledBack",
    ]

    /// What may be asked for.
    static let known = StateType.allCases.map { $0.rawValue.lowercased() } + knownNames

    /// - Throws: `CommandFailure` for a state that nobody knows.
    init(_ texts: [String]) throws {
        for text in texts.flatMap({ $0.split(separator: ",").map(String.init) }) {
            if let type = StateType(rawValue: text.uppercased()) {
                types.append(type)
            } else if let name = Self.knownNames.first(where: { $0.lowercased() == text.lowercased() }) {
                names.append(name)
            } else {
                throw CommandFailure.usage(
                    "there is no state '\(text)'\(NearestName.hint(for: text, among: Self.known, choices: 30))")
            }
        }
    }

    /// The fields of a filter of runs.
    var json: JSONObject {
        var state = JSONObject()
        if !types.isEmpty { state["type"] = ["any_": .array(types.map { .string($0.rawValue) })] }
        if !names.isEmpty { state["name"] = ["any_": .array(names.map { .string($0) })] }
        if !types.isEmpty, !names.isEmpty { state["operator"] = "or_" }
        return state.isEmpty ? [:] : ["state": .object(state)]
    }
}
