/// Waits until `condition` has a value, looking again every few milliseconds. The limit is generous: it is there to end
/// a test that hangs, not to judge speed.
///
/// - Throws: `WaitedInVain`, and what `condition` throws.
public func eventually<Value>(
    _ what: String, atMost limit: Duration = .seconds(60), isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await condition() { return value }
        guard ContinuousClock.now < deadline else { throw WaitedInVain(for: what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// What was waited for has not come about.
public struct WaitedInVain: Error, CustomStringConvertible {
    let what: String

    public init(for what: String) { self.what = what }

    public var description: String { "waited in vain for \(what)" }
}
