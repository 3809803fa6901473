import Domain
import Glibc
import Hummingbird
import NIOCore
import Orchestration

/// What the server is doing, for Prometheus.
struct MetricsController: Controller {
    let orchestrator: Orchestrator
    let requests: RequestMetrics
    let version: String

    var routes: [Route] { [.get("/metrics", read)] }

    private func read(_ call: Call) async throws -> Response {
        var text = PrometheusText()
        text.family("sluice_build_info", .gauge, "The release, as a label.")
        text.sample(["version": version], 1)
        let runs = try await orchestrator.tally()
        text.family("sluice_runs", .gauge, "Flow runs by type of state.")
        for type in StateType.allCases { text.sample(["state": type.rawValue], Double(runs[type] ?? 0)) }
        text.family("sluice_agents_online", .gauge, "Agents that were heard from lately.")
        text.sample([:], Double(try await orchestrator.agentsOnline()))
        text.family("sluice_listeners", .gauge, "Followers and parts of the server that wait for news.")
        text.sample([:], Double(orchestrator.bulletin.listenerCount))
        for event in Counters.Event.allCases {
            text.family(event.metric.name, .counter, event.metric.help)
            text.sample([:], Double(orchestrator.counters.count(of: event)))
        }
        try await writeRetention(to: &text)
        if let bytes = Self.residentBytes {
            text.family("process_resident_memory_bytes", .gauge, "Memory of the server that is in RAM.")
            text.sample([:], Double(bytes))
        }
        requests.write(to: &text)
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text.text)))
    }

    private func writeRetention(to text: inout PrometheusText) async throws {
        let pruned = orchestrator.pruned.now
        text.family("sluice_log_bytes", .gauge, "Size of the log files.")
        text.sample([:], Double(try await orchestrator.logBytes()))
        text.family("sluice_pruned_runs_total", .counter, "Finished runs removed by retention since the start.")
        text.sample([:], Double(pruned.runs))
        text.family("sluice_pruned_log_bytes_total", .counter, "Bytes of logs removed by retention since the start.")
        text.sample([:], Double(pruned.logBytes))
    }

    /// The second number of `/proc/self/statm`, in pages (proc(5)).
    private static var residentBytes: Int? {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let fields = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * Int(getpagesize()) } : nil
    }
}

extension Counters.Event {
    fileprivate var metric: (name: String, help: String) {
        switch self {
        case .attemptGranted: ("sluice_attempts_granted_total", "Leases that agents were given.")
        case .attemptTakenBack:
            ("sluice_attempts_taken_back_total", "Assignments that did not arrive or were declined.")
        case .leaseExpired: ("sluice_leases_expired_total", "Leases that nobody renewed in time.")
        case .reportFenced: ("sluice_reports_fenced_total", "Reports of attempts that were over: not taken.")
        }
    }
}
