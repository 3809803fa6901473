/// Text that is no schedule, and why.
public struct InvalidSchedule: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
