import Foundation

/// Whether searches may take long: `SLUICE_SOAK=1` in the environment.
public enum Soak {
    public static let isWanted = ProcessInfo.processInfo.environment["SLUICE_SOAK"] == "1"

    /// How often to go round: so many times, or a hundred times as often in a soak.
    public static func rounds(_ count: UInt64) -> Range<UInt64> {
        0..<(isWanted ? 100 * count : count)
    }
}
