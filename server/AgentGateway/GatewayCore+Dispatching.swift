import Domain
import Logging
import Orchestration
import Synchronization
import Wire
import ZeroMQ

extension GatewayCore: Dispatcher {
    /// Grants work to agents that wait and that was not granted as it became ready: a slot came free, a limit was
    /// raised, a batch was revealed.
    func grantWaiting() async {
        let seats = reserveSeats()
        guard !seats.isEmpty else { return }
        let (claims, next) = AsyncStream.makeStream(of: (ClaimedRuns, [Seat]).self)
        // What was claimed is made ready and sent while more is claimed.
        async let anySent = sendAll(claims)
        let free = await claimAll(for: seats) { next.yield(($0, $1)) }
        next.finish()
        let goesOn = await anySent
        // Not sooner: many small claims cost more than a few large ones.
        dispatch([], to: free)
        // More may have become ready meanwhile, or another agent may have room for the rest.
        if goesOn { rim.poke() }
    }

    /// Claims until there is no more to claim.
    ///
    /// - Returns: the seats that stay free.
    private func claimAll(for seats: [Seat], _ yield: (ClaimedRuns, [Seat]) -> Void) async -> [Seat] {
        var free = seats
        defer { reports.open() }
        do {
            var mayGoOn = true
            while mayGoOn, !free.isEmpty {
                let claimed = try await orchestrator.claimedRuns(for: free)
                let filled: [Seat]
                (filled, free) = claimed.divide(free)
                yield(claimed, filled)
                mayGoOn = claimed.mayGoOn
                // Of a burst, all goes out before the first of it is heard of: agents that wait come first.
                if mayGoOn { reports.close() }
            }
        } catch {
            logger.error("work could not be granted", metadata: ["error": "\(error)"])
        }
        return free
    }

    /// - Returns: whether there was anything to send.
    private func sendAll(_ claims: AsyncStream<(ClaimedRuns, [Seat])>) async -> Bool {
        var anySent = false
        for await (claimed, seats) in claims {
            var grants: [Grant] = []
            do {
                grants = try await orchestrator.grants(of: claimed)
            } catch {
                logger.error("work could not be granted", metadata: ["error": "\(error)"])
            }
            dispatch(grants, to: seats)
            anySent = anySent || !grants.isEmpty
        }
        return anySent
    }

    func reserveSeats() -> [Seat] {
        let now = orchestrator.now
        return sessions.withLock { $0.reserveSeats(at: now) }
    }

    func dispatch(_ grants: [Grant], to seats: [Seat]) {
        let sessionOf = Dictionary(seats.map { ($0.agentID, $0.session) }, uniquingKeysWith: { $1 })
        for grant in grants { assign(grant, in: sessionOf[grant.agentID]) }
        if sessions.withLock({ $0.free(seats) }) { rim.poke() }
    }

    /// Sends it in the session that it was granted in. In another one the agent has been told otherwise: what it did not
    /// hold when that began has been taken from it, or is now.
    private func assign(_ grant: Grant, in number: UInt64?) {
        let sent = sessions.withLock { table -> (Session, Assignment)? in
            guard let session = table.session(of: grant.agentID), session.number == number else { return nil }
            let place = table.update(session.peer) { $0.assign() }
            return place.map { (session, Assignment(grant, number: $0.number, afterHeartbeat: $0.afterHeartbeat)) }
        }
        guard let (session, assignment) = sent else {
            takeBack([AttemptName(run: grant.run.id, attempt: grant.attempt)], "its agent has gone")
            return
        }
        send(.assignment(assignment), to: session.peer, session: session.number)
    }

    /// Passes on what agents or the dispatcher have to hear of.
    func hear(_ notice: Notice) {
        switch notice {
        case .workReady: rim.poke()
        case .stop(let order):
            guard let session = sessions.withLock({ $0.session(of: order.agentID) }) else { return }
            send(ServerMessage(order), to: session.peer, session: session.number)
        case .drain(let agent, let reason):
            guard let session = sessions.withLock({ $0.drain(agent, reason: reason) }) else { return }
            send(.drain(reason: reason), to: session.peer, session: session.number)
        case .agentDeleted(let agent):
            guard let session = sessions.withLock({ $0.session(of: agent) }) else { return }
            end(session.number, with: session.peer)
        default: break
        }
    }

    /// Whether `hear` does anything with it.
    static func wants(_ notice: Notice) -> Bool {
        switch notice {
        case .workReady, .stop, .drain, .agentDeleted: true
        default: false
        }
    }
}

// MARK: - What did not arrive

extension GatewayCore {
    /// A frame could not be handed to its peer: an assignment in it was never seen, and its run returns to its queue at
    /// once.
    ///
    /// - Parameter isGone: the peer has no connection.
    func takeBack(undelivered frame: [UInt8], to peer: RoutingID, isGone: Bool) {
        guard let envelope = try? Envelope<ServerMessage>(decoding: frame) else { return }
        // It may be back with a later session by now.
        if isGone { end(envelope.session, with: peer) }
        takeBack(envelope.body, to: peer, session: envelope.session)
    }

    func takeBack(_ message: ServerMessage, to peer: RoutingID, session number: UInt64) {
        guard case .assignment(let assignment) = message else { return }
        sessions.withLock { table in
            guard table.session(of: peer, number: number) != nil else { return }
            _ = table.update(peer) { $0.noteUndelivered(assignment.number) }
        }
        takeBack([AttemptName(assignment.key)], "its agent could not be reached")
    }

    private func takeBack(_ names: [AttemptName], _ reason: String) {
        rim.perform { [orchestrator, logger] in
            do {
                try await orchestrator.takeBack(names, reason: reason)
            } catch {
                // The lease's end will do what could not be done now.
                logger.error("an assignment could not be taken back", metadata: ["error": "\(error)"])
            }
        }
    }
}
