import JSON

/// Every combination of some parameters' values.
struct Grid: Sendable {
    /// One parameter and its values, made when they are needed.
    struct Axis: Sendable, Equatable {
        enum Values: Equatable {
            case list([JSONValue])
            /// - Parameter digits: how many each number has, at least: `01..12`.
            case range(first: Int, last: Int, step: Int, digits: Int)
        }

        let name: String
        let values: Values

        var count: Int {
            switch values {
            case .list(let list): list.count
            case .range(let first, let last, let step, _): (last - first) / step + 1
            }
        }
    }

    let axes: [Axis]
    private let types: DeclaredTypes
    /// How many combinations there are.
    let count: Int

    static let largest = 100_000_000

    init(_ arguments: [NamedText], types: DeclaredTypes) throws {
        try NamedText.checkOnce(arguments, option: "--grid")
        self.types = types
        axes = try arguments.map { argument in
            try types.check(name: argument.name)
            return Axis(name: argument.name, values: try Self.values(argument, types))
        }
        var count = 1
        for axis in axes {
            let (product, isTooLarge) = count.multipliedReportingOverflow(by: axis.count)
            guard !isTooLarge, product <= Self.largest else {
                throw CommandFailure.usage("--grid makes more than \(HumanAmount.count(Self.largest)) combinations")
            }
            count = product
        }
        self.count = count
    }

    /// The combination of a number from 0; the last axis turns fastest.
    func row(_ number: Int) -> JSONObject {
        var rest = number
        var members: [(key: String, value: JSONValue)] = []
        for axis in axes.reversed() {
            members.append((axis.name, value(rest % axis.count, of: axis)))
            rest /= axis.count
        }
        return JSONObject(members.reversed())
    }

    private func value(_ index: Int, of axis: Axis) -> JSONValue {
        switch axis.values {
        case .list(let list): return list[index]
        case .range(let first, _, let step, let digits):
            let number = first + index * step
            let text = String(number.magnitude)
            let zeros = String(repeating: "0", count: max(0, digits - text.count))
            return types.value(of: "\(number < 0 ? "-" : "")\(zeros)\(text)", for: axis.name)
        }
    }

    // MARK: Reading

    /// `1..12`, `0..100..5`, `AA,UA`, `["AA", "UA"]`
    private static func values(_ argument: NamedText, _ types: DeclaredTypes) throws -> Axis.Values {
        if let range = try range(argument) { return range }
        if argument.text.hasPrefix("["), let list = (try? JSONValue(parsing: argument.text))?.arrayValue {
            guard !list.isEmpty else { throw CommandFailure.usage("--grid \(argument.name) has no values") }
            return .list(list)
        }
        let texts = argument.text.split(separator: ",", omittingEmptySubsequences: false)
        guard argument.text != "" else { throw CommandFailure.usage("--grid \(argument.name)= has no values") }
        return .list(texts.map { types.value(of: String($0), for: argument.name) })
    }

    private static func range(_ argument: NamedText) throws -> Axis.Values? {
        let parts = argument.text.components(separatedBy: "..")
        let numbers = parts.compactMap { Int($0) }
        guard (2...3).contains(parts.count), numbers.count == parts.count else { return nil }
        let step = numbers.count == 3 ? numbers[2] : 1
        guard step > 0, numbers[0] <= numbers[1] else {
            throw CommandFailure.usage(
                "--grid \(argument.name)=\(argument.text) has no values; write FROM..TO or FROM..TO..STEP, going up")
        }
        guard !numbers[1].subtractingReportingOverflow(numbers[0]).overflow else {
            throw CommandFailure.usage("--grid \(argument.name)=\(argument.text) is too long")
        }
        let unsigned = parts[0].drop { $0 == "-" }
        let digits = unsigned.count > 1 && unsigned.first == "0" ? unsigned.count : 0
        return .range(first: numbers[0], last: numbers[1], step: step, digits: digits)
    }
}

extension String {
    /// The pieces between a separator of several letters.
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
