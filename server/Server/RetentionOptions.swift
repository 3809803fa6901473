import ArgumentParser
import Domain
import Storage

/// How long what the server keeps is kept.
struct RetentionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long finished runs are kept, such as 90d or 12h, or forever. A deployment may say otherwise.",
            valueName: "time"))
    var keepRuns = KeptTime(.seconds(90 * 86_400))

    @Option(
        help: ArgumentHelp(
            "How many finished runs of each deployment are kept, or all. A deployment may say otherwise.",
            valueName: "number"))
    var keepRunsCount = KeptNumber(100_000)

    @Option(
        help: ArgumentHelp(
            "How long log lines are kept after the day (UTC) on which they arrived, such as 14d, or forever.",
            valueName: "time"))
    var keepLogs = KeptTime(.seconds(14 * 86_400))

    @Option(
        help: ArgumentHelp(
            "How large the logs may become together, such as 500MiB or 2GiB, or unlimited: the oldest day goes first.",
            valueName: "size"))
    var keepLogsSize = KeptSize(2 << 30)

    @Option(
        help: ArgumentHelp(
            "How long events are kept after they were received, such as 7d, or forever. What they say of runs and task "
                + "runs stays as long as those.",
            valueName: "time"))
    var keepEvents = KeptTime(.seconds(7 * 86_400))

    var runs: RunLimits { RunLimits(age: keepRuns.limit, count: keepRunsCount.limit) }
    var logs: LogLimits { LogLimits(age: keepLogs.limit, bytes: keepLogsSize.limit) }
}

/// A duration, or `forever`.
struct KeptTime: ExpressibleByArgument {
    let limit: Duration?

    init(_ limit: Duration?) { self.limit = limit }

    init?(argument: String) {
        guard argument != "forever" else {
            self.init(nil)
            return
        }
        guard let span = DurationText.parse(argument) else { return nil }
        self.init(span)
    }

    var defaultValueDescription: String { limit.map { DurationText.describe($0) } ?? "forever" }
}

/// A number, or `all`.
struct KeptNumber: ExpressibleByArgument {
    let limit: Int?

    init(_ limit: Int?) { self.limit = limit }

    init?(argument: String) {
        guard argument != "all" else {
            self.init(nil)
            return
        }
        guard let number = Int(argument), number >= 0 else { return nil }
        self.init(number)
    }

    var defaultValueDescription: String { limit.map { "\($0)" } ?? "all" }
}

/// A number of bytes, with or without a unit, or `unlimited`.
struct KeptSize: ExpressibleByArgument {
    private static let units = [
        "B": 1, "kB": 1000, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000,
        "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "": 1,
    ]

    let limit: Int?

    init(_ limit: Int?) { self.limit = limit }

    init?(argument: String) {
        guard argument != "unlimited" else {
            self.init(nil)
            return
        }
        let digits = argument.prefix { $0.isNumber || $0 == "." }
        guard let number = Double(digits), let unit = Self.units[String(argument.dropFirst(digits.count))] else {
            return nil
        }
        guard let bytes = Int(exactly: (number * Double(unit)).rounded()) else { return nil }
        self.init(bytes)
    }

    var defaultValueDescription: String {
        guard let limit else { return "unlimited" }
        let unit = Self.units.filter { limit % $0.value == 0 && $0.key.hasSuffix("iB") }.max { $0.value < $1.value }
        return unit.map { "\(limit / $0.value)\($0.key)" } ?? "\(limit)"
    }
}
