import Domain
import HTTPTypes
import JSON

extension Automation {
    /// Prefect's `Automation`, as whoever asks can read it.
    func view(for call: Call) -> JSONValue {
        guard call.isPrefects, !allActions.allSatisfy(\.isKnownToPrefect) else { return json }
        var members = json.objectValue ?? [:]
        members["actions"] = .list(actions, \.prefectView)
        members["actions_on_trigger"] = .list(actionsOnTrigger, \.prefectView)
        members["actions_on_resolve"] = .list(actionsOnResolve, \.prefectView)
        return .object(members)
    }
}

extension AutomationAction {
    /// Whether Prefect has such an action, too. Its clients cannot read a list with one that it has not.
    fileprivate var isKnownToPrefect: Bool {
        switch self {
        case .setVariable, .emitEvent: false
        default: true
        }
    }

    /// One that Prefect's clients do not know is shown to them as one that does nothing, with what it is beside that.
    fileprivate var prefectView: JSONValue {
        isKnownToPrefect ? json : ["type": "do-nothing", "sluice_action": json]
    }
}

extension Call {
    /// Whether a client or a page of Prefect asks.
    fileprivate var isPrefects: Bool {
        ["X-Prefect-API-Version", "X-Prefect-UI"].compactMap { HTTPField.Name($0) }.contains { header($0) != nil }
    }
}
