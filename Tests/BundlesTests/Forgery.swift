@testable import Bundles

extension BundleError {
    /// The name of its case.
    var kind: String {
        Mirror(reflecting: self).children.first?.label ?? "truncated"
    }
}

/// An entry of a tar archive as a forger would write it: everything can be said, and the checksum is right.
struct Forgery {
    private var pax: [UInt8] = []
    private var header: [UInt8]
    private let content: [UInt8]

    static let end = [UInt8](repeating: 0, count: 1024)

    /// As it stands in an archive.
    var bytes: [UInt8] { pax + Self.summed(header) + Self.padded(content) }

    static func file(_ path: String, _ content: String, pax: [String: String] = [:], rawPax: String? = nil) -> Forgery {
        var file = header(path, type: "0", content: content)
        let records = pax.map { key, value in
            var length = key.utf8.count + value.utf8.count + 3
            while length < key.utf8.count + value.utf8.count + 3 + "\(length)".utf8.count { length += 1 }
            return "\(length) \(key)=\(value)\n"
        }
        if let text = rawPax ?? (records.isEmpty ? nil : records.joined()) {
            file.pax = header("p", type: "x", content: text).bytes
        }
        return file
    }

    static func folder(_ path: String) -> Forgery {
        header(path, type: "5")
    }

    static func link(_ path: String, to target: String) -> Forgery {
        var link = header(path, type: "2")
        if target.utf8.count <= 100 {
            link.set(Array(target.utf8), at: 157)
        } else {
            link.pax = file("p", "", pax: ["linkpath": target]).pax
        }
        return link
    }

    static func header(_ path: String, type: Character, content: String = "") -> Forgery {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        put(path, at: 0)
        put("0000644", at: 100)
        let size = String(content.utf8.count, radix: 8)
        put(String(repeating: "0", count: 11 - size.count) + size, at: 124)
        put(String(type), at: 156)
        put("ustar\u{0}00", at: 257)
        return Forgery(header: block, content: Array(content.utf8))
    }

    private init(header: [UInt8], content: [UInt8]) {
        self.header = header
        self.content = content
    }

    /// Overwrites a field of the header.
    mutating func set(_ bytes: [UInt8], at offset: Int) {
        header.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    /// With the right checksum.
    static func summed(_ block: [UInt8]) -> [UInt8] {
        var block = block
        block.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        block.replaceSubrange(148..<155, with: Array((String(repeating: "0", count: 6 - sum.count) + sum).utf8) + [0])
        return block
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }
}
