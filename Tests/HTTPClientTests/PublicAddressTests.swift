import TestSupport
import Testing

@testable import HTTPClient

@Suite struct PublicAddressTests {
    @Test(
        arguments: [
            ("8.8.8.8", true), ("127.0.0.1", false), ("10.1.2.3", false), ("172.15.0.1", true), ("172.16.0.1", false),
            ("172.31.255.255", false), ("172.32.0.1", true), ("192.168.0.1", false), ("169.254.169.254", false),
            ("100.64.0.1", false), ("100.128.0.1", true), ("0.0.0.0", false), ("224.0.0.1", false),
            ("255.255.255.255", false), ("198.18.0.1", false), ("::1", false), ("::", false), ("fe80::1", false),
            ("fc00::1", false), ("2606:4700::1111", true), ("::ffff:10.0.0.1", false), ("::ffff:8.8.8.8", true),
            ("64:ff9b::7f00:1", false), ("2001:db8::1", false), ("2002:7f00:1::", false), ("ff02::1", false),
            ("x", false),
        ])
    func whoCanBeReachedByAnybody(_ address: String, _ isPublic: Bool) {
        #expect(PublicAddress.holds(address) == isPublic)
    }

    @Test func aRequestForPublicHostsGoesNowhereElse() async throws {
        let server = try CannedServer { _ in CannedAnswer(200, "{}") }
        for host in ["127.0.0.1", "localhost"] {
            var request = HTTPRequest(.get, "http://\(host):\(server.port)/")
            request.isForPublicHosts = true
            do throws(HTTPClientError) {
                _ = try await HTTPSession().send(request)
                Issue.record("it was sent to \(host)")
            } catch {
                guard case .privateHost(_, let address) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(["127.0.0.1", "::1"].contains(address))
            }
        }
        #expect(server.requests.isEmpty)
    }
}
