import Domain
import Synchronization

/// Which runs are waited for by later ones of their schedules, so that the end of any other run costs no look at the
/// database. It is filled again by `DueRunWaker` when a server starts; what it has forgotten is found a minute later.
final class OverlapDesk: Sendable {
    private let awaited = Mutex<[ID<FlowRun>: ID<DeploymentSchedule>]>([:])

    func await(_ runs: [ID<FlowRun>], for schedule: ID<DeploymentSchedule>) {
        awaited.withLock { awaited in
            for run in runs { awaited[run] = schedule }
        }
    }

    /// The schedule whose later runs wait for the end of that one.
    func takeSchedule(awaiting run: ID<FlowRun>) -> ID<DeploymentSchedule>? {
        awaited.withLock { $0.isEmpty ? nil : $0.removeValue(forKey: run) }
    }
}
