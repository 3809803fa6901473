import Domain
import HTTPTypes
import Synchronization

/// How many requests there were, and how long they took until the head of their answer.
final class RequestMetrics: Sendable {
    /// Seconds.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

    private struct Kind: Hashable {
        let method: String
        /// As it is in the table of routes: there are only so many.
        let route: String
    }

    private struct Latency {
        /// For each bound, and one for what is above the last.
        var buckets = [Int](repeating: 0, count: bounds.count + 1)
        var sum: Duration = .zero
        var count = 0
        var statuses: [Int: Int] = [:]

        mutating func add(_ bucket: Int, _ duration: Duration, _ status: Int) {
            buckets[bucket] += 1
            sum += duration
            count += 1
            statuses[status, default: 0] += 1
        }
    }

    /// Other methods are made up by clients and must not become series of their own.
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private let latencies = Mutex<[Kind: Latency]>([:])

    func record(method: HTTPRequest.Method, route: String, status: Int, _ duration: Duration) {
        let name = Self.methods.contains(method.rawValue) ? method.rawValue : "OTHER"
        let seconds = duration.inSeconds
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        latencies.withLock { latencies in
            latencies[Kind(method: name, route: route), default: Latency()].add(bucket, duration, status)
        }
    }

    func write(to text: inout PrometheusText) {
        let all = latencies.withLock { $0 }.sorted { ($0.key.route, $0.key.method) < ($1.key.route, $1.key.method) }
        text.family("sluice_http_requests_total", .counter, "Requests that were answered.")
        for (kind, latency) in all {
            for (status, count) in latency.statuses.sorted(by: { $0.key < $1.key }) {
                text.sample(
                    ["method": kind.method, "route": kind.route, "status": "\(status)"], Double(count))
            }
        }
        text.family(
            "sluice_http_request_duration_seconds", .histogram, "Time until the head of the answer.")
        for (kind, latency) in all {
            text.histogram(
                ["method": kind.method, "route": kind.route], bounds: Self.bounds, buckets: latency.buckets,
                sum: latency.sum.inSeconds, count: latency.count)
        }
    }
}
