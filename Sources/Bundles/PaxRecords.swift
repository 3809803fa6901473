/// The content of a pax header (POSIX.1-2001): values of the next entry that its ustar header has no room for.
struct PaxRecords: Equatable {
    var path: [UInt8]?
    var linkPath: [UInt8]?
    var size: Int?

    /// More than any path, link and number need.
    static let largestSize = 4096

    init() {}

    var isEmpty: Bool { self == PaxRecords() }

    /// Records of the form `length key=value\n`, where the length counts itself.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        let records = [("linkpath", linkPath), ("path", path), ("size", size.map { Array("\($0)".utf8) })]
        for case (let key, let value?) in records {
            let rest = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
            var length = rest.count + 1
            while rest.count + "\(length)".utf8.count > length {
                length += 1
            }
            bytes += Array("\(length)".utf8) + rest
        }
        return bytes
    }

    /// - Throws: `malformed` for a broken record, a repeated one, or a key that the packer never writes: sparse files,
    ///   for instance, whose sizes lie.
    init(decoding bytes: [UInt8], at offset: Int) throws(BundleError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let (key, value) = try Self.nextRecord(&rest, offset)
            switch key {
            case "path" where path == nil: path = value
            case "linkpath" where linkPath == nil: linkPath = value
            case "size" where size == nil: size = try Self.decimal(value, offset)
            default:
                throw .malformed(offset: offset, reason: "a pax header has '\(key)', which bundles do not, or twice")
            }
        }
    }

    static func nextRecord(
        _ rest: inout ArraySlice<UInt8>, _ offset: Int
    ) throws(BundleError) -> (key: String, value: [UInt8]) {
        let broken = BundleError.malformed(offset: offset, reason: "a pax header is broken")
        guard let blank = rest.firstIndex(of: UInt8(ascii: " ")) else { throw broken }
        let length = try decimal(Array(rest[..<blank]), offset)
        guard length <= rest.count, length > blank - rest.startIndex else { throw broken }
        let record = rest[(blank + 1)..<max(blank + 1, rest.startIndex + length)]
        guard record.last == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "="))
        else { throw broken }
        rest = rest.dropFirst(length)
        return (String(decoding: record[..<equals], as: UTF8.self), Array(record[(equals + 1)...].dropLast()))
    }

    static func decimal(_ digits: [UInt8], _ offset: Int) throws(BundleError) -> Int {
        guard (1...18).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .malformed(offset: offset, reason: "a pax header has a number that is none")
        }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
