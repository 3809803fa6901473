import Glibc

/// Which addresses anybody can reach, by the registries of special-purpose addresses (RFC 6890 and its updates).
enum PublicAddress {
    /// Whether the address, in its usual form, is one that is reached from everywhere.
    static func holds(_ text: String) -> Bool {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return isPublic(four: UInt32(bigEndian: four.s_addr)) }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return false }
        return isPublic(six: withUnsafeBytes(of: &six) { Array($0) })
    }

    private static let privateFours: [(network: UInt32, bits: UInt32)] = [
        (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16),
        (0xAC10_0000, 12), (0xC000_0000, 24), (0xC000_0200, 24), (0xC058_6300, 24), (0xC0A8_0000, 16),
        (0xC612_0000, 15), (0xC633_6400, 24), (0xCB00_7100, 24), (0xE000_0000, 3),
    ]

    private static func isPublic(four address: UInt32) -> Bool {
        !privateFours.contains { network, bits in address >> (32 - bits) == network >> (32 - bits) }
    }

    private static func isPublic(six bytes: [UInt8]) -> Bool {
        // IPv4 in another form: mapped (::ffff:0:0/96), or behind a translator (64:ff9b::/96).
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        if bytes.starts(with: mapped) || bytes.starts(with: translated) {
            return isPublic(four: bytes[12...].reduce(0) { $0 << 8 | UInt32($1) })
        }
        // 2000::/3 is what is given out, but for documentation (2001:db8::/32) and 6to4 and Teredo, which hold IPv4.
        guard bytes[0] >> 5 == 1 else { return false }
        return !bytes.starts(with: [0x20, 0x01, 0x0D, 0xB8]) && !bytes.starts(with: [0x20, 0x02])
            && !bytes.starts(with: [0x20, 0x01, 0, 0])
    }
}
