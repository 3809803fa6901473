import JSON
import Testing

@testable import Domain

@Suite struct HookSignatureTests {
    private static let hex = String(repeating: "0f", count: 32)
    private static let bytes = [UInt8](repeating: 15, count: 32)

    @Test func claimsAreFoundWhereEachSchemePutsThem() {
        let time = Timestamp(microseconds: 1_700_000_000_000_000)
        let cases: [(HookSignature, [String: String], SignatureClaim)] = [
            (
                HookSignature(.github), ["x-hub-signature-256": "sha256=\(Self.hex)"],
                SignatureClaim(beforeBody: "", tags: [Self.bytes], signedAt: nil)
            ),
            (
                HookSignature(.stripe), ["stripe-signature": "t=1700000000,v1=\(Self.hex), v1=00,v0=11"],
                SignatureClaim(beforeBody: "1700000000.", tags: [Self.bytes, [0]], signedAt: time)
            ),
            (
                HookSignature(.slack),
                ["x-slack-signature": "v0=\(Self.hex)", "x-slack-request-timestamp": "1700000000"],
                SignatureClaim(beforeBody: "v0:1700000000:", tags: [Self.bytes], signedAt: time)
            ),
            (
                HookSignature(.hmac, header: "X-Mine", prefix: "s ", encoding: .base64), ["x-mine": "s Dw8="],
                SignatureClaim(beforeBody: "", tags: [[15, 15]], signedAt: nil)
            ),
        ]
        for (signature, headers, claim) in cases { #expect(signature.claim(in: headers) == claim) }
    }

    @Test(arguments: [
        (HookSignature(.github), ["x-hub-signature-256": "sha1=00"]),
        (HookSignature(.github), ["x-hub-signature-256": "sha256=0g"]),
        (HookSignature(.github), ["x-hub-signature-256": "sha256=000"]), (HookSignature(.github), [:]),
        (HookSignature(.stripe), ["stripe-signature": "v1=00"]),
        (HookSignature(.stripe), ["stripe-signature": "t=-1,v1=00"]),
        (HookSignature(.slack), ["x-slack-signature": "v0=00"]),
        (HookSignature(.slack), ["x-slack-signature": "v0=00", "x-slack-request-timestamp": "9999999999999"]),
        (HookSignature(.none), ["": "x"]),
    ])
    func whatIsNoSignatureClaimsNothing(_ signature: HookSignature, _ headers: [String: String]) {
        #expect(signature.claim(in: headers) == nil)
    }

    @Test func oldClaimsAreStale() {
        let time = Timestamp(microseconds: 1_000_000_000)
        let claim = SignatureClaim(beforeBody: "", tags: [], signedAt: time)
        for (distance, isStale) in [(0, false), (300, false), (301, true), (-300, false), (-301, true)] {
            #expect(claim.isStale(at: time + .seconds(distance), tolerance: .seconds(300)) == isStale)
        }
        #expect(!SignatureClaim(beforeBody: "", tags: [], signedAt: nil).isStale(at: time, tolerance: .zero))
    }

    @Test func aSignatureIsReadAsItWasWritten() throws {
        for scheme in HookSignature.Scheme.allCases {
            let signature = HookSignature(scheme, tolerance: .seconds(7))
            #expect(try HookSignature(reading: JSONReader(signature.json)) == signature)
        }
        #expect(throws: JSONReadingError.self) {
            try HookSignature(reading: JSONReader(["scheme": "hmac", "header": "X Y"]))
        }
    }
}
