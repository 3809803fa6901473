import Glibc

/// How many files and connections this process may have open.
enum OpenFiles {
    /// Kept for the data, the agents and whatever else is not a client's connection.
    private static let reserve = 256

    /// Raises the limit as far as the system lets this process, as a server should: the low one that shells give is
    /// for programs with arrays of fixed size (setrlimit(2)).
    ///
    /// - Returns: the limit then.
    static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        var wanted = limit
        wanted.rlim_cur = limit.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wanted) == 0 { limit = wanted }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many of so many may be connections of the API: three in four of what is left beside the reserve.
    static func connections(within limit: Int) -> Int {
        max(16, min(ServerCommand.mostConnections, (limit - reserve) / 4 * 3))
    }
}
