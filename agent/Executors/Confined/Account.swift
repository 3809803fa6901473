import Glibc

/// A user of this host.
public struct Account: Sendable, Hashable {
    /// Nothing for a number that is nobody's.
    public let name: String?
    /// The number of the user.
    public let userID: UInt32
    /// The number of its own group.
    public let groupID: UInt32
    /// Nothing where the number is nobody's.
    public let home: String?

    /// - Parameter text: a name, or a number that need not be anybody's.
    /// - Returns: nothing when there is none of that name.
    public init?(_ text: String) {
        let entry = UInt32(text).map { getpwuid($0) } ?? getpwnam(text)
        if let entry {
            name = String(cString: entry.pointee.pw_name)
            (userID, groupID) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
            home = String(cString: entry.pointee.pw_dir)
        } else if let number = UInt32(text) {
            (name, userID, groupID, home) = (nil, number, number, nil)
        } else {
            return nil
        }
    }
}
