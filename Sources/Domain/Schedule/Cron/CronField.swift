/// Reads a column of a cron expression.
struct CronField {
    enum Kind: String {
        case minute, hour, day, month, weekday, second, year
    }

    let kind: Kind
    let range: ClosedRange<Int>
    private let names: [String: Int]

    private static let months = [
        "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10,
        "nov": 11, "dec": 12,
    ]
    private static let weekdays = ["sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6]

    init(_ kind: Kind) {
        self.kind = kind
        switch kind {
        case .minute, .second: (range, names) = (0...59, [:])
        case .hour: (range, names) = (0...23, [:])
        case .day: (range, names) = (1...31, [:])
        case .month: (range, names) = (1...12, Self.months)
        case .weekday: (range, names) = (0...6, Self.weekdays)
        case .year: (range, names) = (1970...2099, [:])
        }
    }

    /// The numbers that a column of plain items says.
    func set(_ column: Substring) throws(InvalidSchedule) -> CronSet {
        var set = CronSet()
        for item in items(of: column) {
            for number in try numbers(item) { set.insert(number) }
        }
        return set
    }

    /// The years of a column; nothing for any.
    func years(_ column: Substring) throws(InvalidSchedule) -> Set<Int>? {
        var years: Set<Int> = []
        for item in items(of: column) { years.formUnion(try numbers(item)) }
        return years.count == range.count ? nil : years
    }

    func items(of column: Substring) -> [Substring] { column.split(separator: ",", omittingEmptySubsequences: false) }

    /// What an item says: a number, a name, a range, a step, or `*` for all.
    func numbers(_ item: Substring) throws(InvalidSchedule) -> [Int] {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let ends = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 1, ends.count == 1 { return item == "*" ? Array(range) : [try number(item)] }
        let step = parts.count == 1 ? 1 : Self.decimal(parts[1]) ?? 0
        guard step > 0 else { throw InvalidSchedule("'\(item)' steps by no number") }
        if parts[0] == "*" { return Array(stride(from: range.lowerBound, through: range.upperBound, by: step)) }
        let low = try number(ends[0])
        guard ends.count == 2 else { return Array(stride(from: low, through: range.upperBound, by: step)) }
        return numbers(from: low, through: try upperEnd(ends[1]), by: step)
    }

    func number(_ text: Substring) throws(InvalidSchedule) -> Int {
        if let number = names[String(text)] { return number }
        guard let given = Self.decimal(text) else { throw InvalidSchedule("'\(text)' is no \(kind)") }
        // Sunday is 7 too.
        let number = kind == .weekday && given == 7 ? 0 : given
        guard range.contains(number) else {
            throw InvalidSchedule("\(given) is no \(kind): it is from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func upperEnd(_ text: Substring) throws(InvalidSchedule) -> Int {
        kind == .day && text == "l" ? 31 : try number(text)
    }

    /// A range whose ends are the other way round wraps, and one whose ends are the same is the whole cycle. Where a
    /// step goes past the end of the cycle, croniter counts on as it does here.
    private func numbers(from low: Int, through high: Int, by step: Int) -> [Int] {
        if low < high { return Array(stride(from: low, through: high, by: step)) }
        if low == high { return Array(stride(from: range.lowerBound, through: range.upperBound, by: step)) }
        let before = Array(stride(from: low, through: range.upperBound, by: step))
        let left = range.upperBound - (before.last ?? low)
        let passesEnd = (before.last ?? low) - range.lowerBound + step > range.count && left < step
        let start = range.lowerBound + (passesEnd ? step - left : 0)
        return before + Array(stride(from: start, through: high, by: step))
    }

    static func decimal(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ? Int(text) : nil
    }
}
