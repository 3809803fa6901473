public import Domain
import Glibc
import Synchronization

/// The zones of the IANA database, as they are on this host. Each is read once, when it is first asked for: what a
/// running server has read stays as it is until it is started anew.
public final class TimeZones: Sendable {
    private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]
    /// Those of the real world have some thousand bytes.
    private static let largestFile = 1 << 20

    private let read: @Sendable (String) -> TimeZoneRules?
    private let known = Mutex<[String: TimeZoneRules]>([:])

    /// - Parameter read: the zone of a name, if there is one.
    public init(read: @escaping @Sendable (String) -> TimeZoneRules?) { self.read = read }

    /// Those that the operating system has.
    public static let system = TimeZones(read: { name in
        isName(name) ? folders.lazy.compactMap { rules(named: name, in: $0) }.first : nil
    })

    /// The zone of that name; UTC for none.
    public func zone(named name: String?) -> TimeZoneRules? {
        guard let name, !name.isEmpty, name != TimeZoneRules.utc.name else { return .utc }
        if let zone = known.withLock({ $0[name] }) { return zone }
        guard let zone = read(name) else { return nil }
        known.withLock { $0[name] = zone }
        return zone
    }

    /// Names are made of words such as `America/Port-au-Prince` and `Etc/GMT+3`, and lead nowhere else.
    private static func isName(_ name: String) -> Bool {
        let words = name.split(separator: "/", omittingEmptySubsequences: false)
        return words.count <= 3 && !["posix", "right"].contains(words[0])
            && words.allSatisfy { word in
                word.first?.isASCII == true && word.first?.isUppercase == true
                    && word.utf8.allSatisfy { isLetterOrDigit($0) || "+-_".utf8.contains($0) }
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte | 0x20)
    }

    private static func rules(named name: String, in folder: String) -> TimeZoneRules? {
        guard let file = fopen("\(folder)/\(name)", "rb") else { return nil }
        defer { fclose(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: largestFile) { buffer, count in
            count = fread(buffer.baseAddress, 1, largestFile, file)
        }
        return TimeZoneRules(name: name, tzif: bytes)
    }
}
