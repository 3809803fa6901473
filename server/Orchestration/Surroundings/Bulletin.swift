public import Domain
import Synchronization

/// What a commit has brought about, told to whoever in this process listens: dispatchers, loops, followers.
///
/// It is a hint, never the truth: who misses a notice finds out from the database.
public enum Notice: Sendable, Hashable {
    /// These queues may have work, or room for it.
    case workReady(Set<ID<WorkQueue>>)
    /// Some run waits until then.
    case dueLater(Timestamp)
    /// Runs of some schedule are to be made.
    case schedulesChanged
    /// Some sensor looks elsewhere, or looks again.
    case sensorsChanged
    /// An agent is to stop an attempt.
    case stop(StopOrder)
    /// An agent is to take no more runs, and to end when those that it has have ended.
    case drain(ID<Agent>, reason: String)
    /// An agent is not known any more: if it is there after all, it has to say hello.
    case agentDeleted(ID<Agent>)
    case runChanged(RunChange)
    /// A pool was changed, or deleted.
    case poolChanged(ID<WorkPool>)
    /// These events have been stored for the first time.
    case eventsTaken([Event])
    /// These task runs, which the server judges itself or hands out, have entered a state.
    case taskRunsChanged([TaskRun])
    /// Automations have something to do.
    case actionsTriggered
    /// Lines of this run have been stored.
    case logged(ID<FlowRun>)
}

/// A run entered a state.
public struct RunChange: Sendable, Hashable {
    public let runID: ID<FlowRun>
    public let batchID: ID<Batch>?
    public let state: RunState
}

/// An attempt whose program is to be stopped.
public struct StopOrder: Sendable, Hashable {
    public let runID: ID<FlowRun>
    public let attempt: Int
    public let agentID: ID<Agent>
    public let grace: Duration
    public let reason: String
}

/// Carries notices to those who listen.
public final class Bulletin: Sendable {
    private struct Listeners {
        var next = 0
        var byNumber: [Int: Listener] = [:]
    }

    private struct Listener {
        let wants: @Sendable (Notice) -> Bool
        let continuation: AsyncStream<Notice>.Continuation
        let endsOnLoss: Bool
    }

    private let listeners = Mutex(Listeners())

    public init() {}

    /// How many listen now: who follows something, and the server's own parts.
    public var listenerCount: Int { listeners.withLock { $0.byNumber.count } }

    /// The notices from now on that `wants` holds for. A listener that falls `limit` behind loses the oldest.
    public func notices(
        limit: Int = 4096, _ wants: @escaping @Sendable (Notice) -> Bool
    ) -> AsyncStream<Notice> {
        listen(policy: .bufferingNewest(limit), endsOnLoss: false, wants)
    }

    private func listen(
        policy: AsyncStream<Notice>.Continuation.BufferingPolicy, endsOnLoss: Bool,
        _ wants: @escaping @Sendable (Notice) -> Bool
    ) -> AsyncStream<Notice> {
        let (stream, continuation) = AsyncStream.makeStream(of: Notice.self, bufferingPolicy: policy)
        let number = listeners.withLock { listeners in
            listeners.next += 1
            listeners.byNumber[listeners.next] = Listener(
                wants: wants, continuation: continuation, endsOnLoss: endsOnLoss)
            return listeners.next
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.listeners.withLock { $0.byNumber.removeValue(forKey: number) }
        }
        return stream
    }

    /// The same for who must not miss any: a listener that falls `limit` behind is heard off, and its stream ends.
    public func everyNotice(
        limit: Int = 65_536, _ wants: @escaping @Sendable (Notice) -> Bool
    ) -> AsyncStream<Notice> {
        listen(policy: .bufferingOldest(limit), endsOnLoss: true, wants)
    }

    func publish(_ notices: [Notice]) {
        guard !notices.isEmpty else { return }
        let all = listeners.withLock { Array($0.byNumber.values) }
        for listener in all {
            for notice in notices where listener.wants(notice) {
                if case .dropped = listener.continuation.yield(notice), listener.endsOnLoss {
                    listener.continuation.finish()
                }
            }
        }
    }
}
