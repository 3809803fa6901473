/// Messages in order of arrival, in batches: each holds all that has come since the last one was taken.
///
/// For one consumer at a time. It ends when the socket has closed and everything is taken, and for a cancelled task.
/// Unlike an `AsyncStream` it holds a bounded number of bytes: a slow consumer slows the peers.
public struct Batches<Item: Sendable>: AsyncSequence, Sendable {
    private let source: @Sendable (isolated (any Actor)?) async -> [Item]?

    init(_ inbox: Inbox<Item>) where Item: Parcel {
        source = { await inbox.next(isolation: $0) }
    }

    /// An iterator over what has not been taken yet.
    public func makeAsyncIterator() -> Iterator {
        Iterator(source: source)
    }

    /// Takes batch after batch.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let source: @Sendable (isolated (any Actor)?) async -> [Item]?

        /// The next batch, never an empty one.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> [Item]? {
            await source(actor)
        }

        /// The next batch, never an empty one.
        public mutating func next() async -> [Item]? {
            await source(nil)
        }
    }
}
