import Domain
import Orchestration
import Wire
import ZeroMQ

@testable import AgentGateway

/// What one life of the server holds in its memory, around the real orchestration and the real gateway's core.
struct SimulatedServer {
    /// What the gateway does in a task: it takes what an agent says, in order.
    struct ConversationLine {
        let conversation: Conversation
        let peer: RoutingID
        var waiting: [AgentMessage] = []
        var isBusy = true
        var isOver = false
    }

    /// What keeps a loop going: it ticks after the delay that it asked for, or when something has happened.
    struct LoopState {
        let loop: any Loop
        var isTicking = false
        var rangMeanwhile = false
        /// The alarm that counts.
        var alarm = 0
    }

    let life: ServerLife
    let orchestrator: Orchestrator
    let core: GatewayCore
    /// For the hellos that wait; what else waits is in `lines`.
    let inboxes = Inboxes<Conversation>()
    let notices: AsyncStream<Notice>
    var isUp = false
    /// Pieces of work that have begun and not ended.
    var active = 0
    var lines: [Int: ConversationLine] = [:]
    var lineOfPeer: [RoutingID: Int] = [:]
    var lastLine = 0
    var isGranting = false
    var isPoked = false
    var loops: [LoopState]
}
