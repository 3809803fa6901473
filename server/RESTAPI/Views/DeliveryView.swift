import Domain
import JSON

extension Delivery {
    /// Sluice's own: Prefect's server tries once, and forgets.
    var view: JSONValue {
        [
            "id": id.json, "created": id.time.json, "state": .string(state.rawValue),
            "automation_id": action.automation.id.json, "automation_name": .string(action.automation.name),
            "action": action.action.json, "event": action.event.json, "tries": tries.json,
            "last_tried": lastTried.json, "due": (state == .waiting ? max(due, id.time ?? due) : nil).json,
            "reason": reason.json,
        ]
    }
}
