/// A message of an automation on its way to somebody else's server: it is kept until it has got there, or somebody drops it.
public struct Delivery: Sendable, Hashable {
    /// What has become of it.
    public enum State: String, Sendable, CaseIterable {
        /// It is to be sent, for the first time or again.
        case waiting = "WAITING"
        /// It was refused, or sent in vain as often as that is done. It stays until somebody sends it again or drops it.
        case dead = "DEAD"
    }

    public let action: TriggeredAction
    public var state: State
    /// How often it has been sent in vain since somebody last wanted it to be.
    public var tries: Int
    /// When it was last sent; nothing if it was not yet.
    public var lastTried: Timestamp?
    /// When it is sent again.
    public var due: Timestamp
    /// Why it has not got there.
    public var reason: String?

    public init(
        action: TriggeredAction, state: State = .waiting, tries: Int = 0, lastTried: Timestamp? = nil,
        due: Timestamp = Timestamp(microseconds: 0), reason: String? = nil
    ) {
        self.action = action
        self.state = state
        self.tries = tries
        self.lastTried = lastTried
        self.due = due
        self.reason = reason
    }

    public var id: ID<TriggeredAction> { action.id }

    /// The same after it has been sent in vain.
    ///
    /// - Parameters:
    ///   - postponement: whether it is worth sending again, and how long whoever answered wants to be left alone.
    ///   - chance: a random number from -1 to 1.
    public func failed(
        because reason: String, _ postponement: Postponement?, _ policy: DeliveryPolicy, at now: Timestamp,
        chance: Double
    ) -> Delivery {
        var delivery = self
        delivery.tries += 1
        delivery.lastTried = now
        delivery.reason = reason
        let wait = postponement.flatMap { policy.wait(afterTries: delivery.tries, wish: $0.wish, chance: chance) }
        if let wait { delivery.due = now + wait } else { delivery.state = .dead }
        return delivery
    }

    /// The same, to be sent now.
    public func revived(at now: Timestamp) -> Delivery {
        var delivery = self
        delivery.state = .waiting
        delivery.tries = 0
        delivery.due = now
        return delivery
    }
}

/// A message did not get through for a reason that passes.
public struct Postponement: Sendable, Hashable {
    /// How long whoever answered wants to be left alone.
    public let wish: Duration?

    public init(wish: Duration? = nil) { self.wish = wish }
}
