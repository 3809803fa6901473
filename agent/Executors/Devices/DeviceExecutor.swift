public import AgentRuntime
import Domain
import Synchronization
public import Wire

/// Hands out an agent's graphics processors to the runs that ask for some, none to two at once, and has all runs executed
/// by another executor.
///
/// How many there are for a run to have is counted by the server, before it sends the run; which ones they are is known
/// here alone.
public final class DeviceExecutor: RunExecutor {
    public let events: AsyncStream<[ExecutorEvent]>

    private let runs: any RunExecutor
    private let desk: DeviceDesk
    private let continuation: AsyncStream<[ExecutorEvent]>.Continuation

    /// - Parameters:
    ///   - runs: executes them.
    ///   - devices: as the driver knows them, by number or by name.
    ///   - directory: where it keeps who has which.
    public init(runs: any RunExecutor, devices: [String], directory: String) {
        self.runs = runs
        desk = DeviceDesk(devices: devices, directory: directory)
        (events, continuation) = AsyncStream.makeStream()
    }

    /// Adopted runs keep what they have.
    public func recover() async throws -> [RecoveredChild] {
        let children = try await runs.recover()
        desk.recover(Set(children.filter { if case .running = $0.state { true } else { false } }.map(\.name)))
        Task.detached { [self] in
            for await batch in runs.events {
                for event in batch { note(event) }
                continuation.yield(batch)
            }
            continuation.finish()
        }
        return children
    }

    /// Before anybody hears of it: the server may then send the next run at once.
    private func note(_ event: ExecutorEvent) {
        switch event {
        case .ended(let name, _): desk.free(name)
        case .lost: desk.freeAll()
        case .started, .output: break
        }
    }

    /// Tells it, in its environment, which devices are its own.
    public func start(_ launch: ChildLaunch) {
        guard launch.graphicsProcessors > 0 else { return runs.start(launch) }
        do throws(DeviceShortage) {
            let devices = try desk.take(launch.graphicsProcessors, for: launch.name)
            runs.start(launch.with(devices))
        } catch {
            // Of the agent's making, not of the run's: it may be tried again.
            let end = AttemptEnd(.supervisorLost, at: AgentTime.read().wall, message: error.description)
            continuation.yield([.ended(launch.name, ChildEnd(end, outputEnd: 0))])
        }
    }

    /// As the other executor does.
    public func stop(_ child: ChildName, grace: Duration) { runs.stop(child, grace: grace) }
    /// As the other executor does.
    public func renew(_ attempts: [AttemptKey], deadline: Duration) { runs.renew(attempts, deadline: deadline) }
    /// As the other executor does.
    public func limit(_ attempts: [AttemptKey], deadline: Duration) { runs.limit(attempts, deadline: deadline) }
    /// As the other executor does.
    public func acknowledge(_ child: ChildName) { runs.acknowledge(child) }
    /// As the other executor does.
    public func output(of child: ChildName) -> any OutputReader { runs.output(of: child) }
    /// As the other executor does.
    public func close(stoppingChildren: Bool) async { await runs.close(stoppingChildren: stoppingChildren) }
}

extension ChildLaunch {
    /// A process is told by the variable that CUDA's programs obey. In a container there are only its own, counted anew, and
    /// what makes them so is the engine, or the variable that Nvidia's runtime obeys.
    fileprivate func with(_ devices: [String]) -> ChildLaunch {
        let names = devices.joined(separator: ",")
        var launch = self
        launch.environment["SLUICE_GPUS"] = names
        launch.environment[container == nil ? "CUDA_VISIBLE_DEVICES" : "NVIDIA_VISIBLE_DEVICES"] = names
        launch.container?.devices = devices
        return launch
    }
}
