public import Domain

/// Work that recurs. Each loop is a noun with this one method; tests call it, and the server keeps calling it.
public protocol Loop: Sendable {
    /// For logs and metrics.
    var name: String { get }

    /// Does what is due.
    ///
    /// - Returns: how long it may be left alone.
    func tick(at now: Timestamp) async throws -> Duration
}
