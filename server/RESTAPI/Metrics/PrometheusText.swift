/// Metrics in the text format 0.0.4 of Prometheus.
struct PrometheusText {
    enum Kind: String {
        case counter, gauge, histogram
    }

    private(set) var text = ""
    private var name = ""

    /// Begins a family: the samples that follow belong to it.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ labels: KeyValuePairs<String, String>, _ value: Double) {
        line("", labels.map { ($0, $1) }, value)
    }

    /// - Parameter buckets: how many fell between each bound and the one before it; the last are those above all.
    mutating func histogram(
        _ labels: KeyValuePairs<String, String>, bounds: [Double], buckets: [Int], sum: Double, count: Int
    ) {
        let labels = labels.map { ($0, $1) }
        var total = 0
        for (bound, bucket) in zip(bounds, buckets) {
            total += bucket
            line("_bucket", labels + [("le", "\(bound)")], Double(total))
        }
        line("_bucket", labels + [("le", "+Inf")], Double(count))
        line("_sum", labels, sum)
        line("_count", labels, Double(count))
    }

    private mutating func line(_ suffix: String, _ labels: [(String, String)], _ value: Double) {
        text += name + suffix
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",") + "}"
        }
        // A whole number is written as one.
        text += " \(Int64(exactly: value).map { "\($0)" } ?? "\(value)")\n"
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
