import HTTPClient
import JSON
import RESTAPI
import Testing

@Suite struct MetricsTests {
    @Test func whatHappensIsCounted() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            try await server.force(run, "RUNNING")
            try await server.welcomeAgent()
            for name in ["a", "b", "c"] { _ = try await server.get("/api/flows/name/\(name)") }
            for path in ["/wp-login.php", "/api/x/y/z"] { _ = try await server.get(path) }
            let answer = try await server.get("/metrics")
            #expect(answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = Set(answer.text.split(separator: "\n").map(String.init))
            let route = "method=\"GET\",route=\"/api/flows/name/{name}\""
            for line in [
                "sluice_build_info{version=\"1.2.3\"} 1", "sluice_runs{state=\"RUNNING\"} 1",
                "sluice_runs{state=\"SCHEDULED\"} 0", "sluice_agents_online 1", "sluice_reports_fenced_total 0",
                "sluice_pruned_runs_total 0", "sluice_pruned_log_bytes_total 0", "sluice_log_bytes 0",
                "sluice_http_requests_total{\(route),status=\"404\"} 3",
                "sluice_http_requests_total{method=\"GET\",route=\"NotFound\",status=\"404\"} 2",
                "sluice_http_request_duration_seconds_count{\(route)} 3",
                "sluice_http_request_duration_seconds_bucket{\(route),le=\"+Inf\"} 3",
            ] {
                #expect(lines.contains(line), "\(line)")
            }
            #expect(!answer.text.contains("wp-login"))
            #expect(lines.contains { $0.hasPrefix("process_resident_memory_bytes ") })
            // Every line is a comment, or a name with labels and a number.
            for line in lines where !line.hasPrefix("# ") {
                #expect(line.split(separator: " ").last.flatMap { Double($0) } != nil, "\(line)")
            }
        }
    }
}
