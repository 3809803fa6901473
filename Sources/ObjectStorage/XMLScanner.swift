/// Reads the bytes of a document one after the other, elements by recursion to a bounded depth.
struct XMLScanner {
    private static let depthLimit = 32
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(UnreadableXML) -> XMLNode {
        _ = skip("\u{FEFF}")
        try skipMisc()
        guard skip("<") else { throw error("there is no element") }
        let root = try element(depth: 0)
        try skipMisc()
        guard position == bytes.count else { throw error("something follows the root element") }
        return root
    }

    /// An element behind its `<`.
    private mutating func element(depth: Int) throws(UnreadableXML) -> XMLNode {
        guard depth < Self.depthLimit else { throw error("it is more than \(Self.depthLimit) elements deep") }
        let name = try name()
        var node = XMLNode(name: Self.local(name))
        try skipAttributes()
        if skip("/>") { return node }
        guard skip(">") else { throw error("the tag '\(name)' has no end") }
        var text: [UInt8] = []
        while !skip("</") {
            if try skipAside() { continue }
            if skip("<![CDATA[") {
                text += try upTo("]]>")
            } else if skip("<") {
                guard peek != UInt8(ascii: "!") else { throw error("declarations are not taken") }
                node.children.append(try element(depth: depth + 1))
            } else {
                try appendCharacter(to: &text)
            }
        }
        guard try self.name() == name else { throw error("'\(name)' is not the tag that ends") }
        skipBlanks()
        guard skip(">") else { throw error("the tag that ends '\(name)' has no end") }
        guard let valid = String(validating: text, as: UTF8.self) else { throw error("it is no UTF-8") }
        node.text = valid
        return node
    }

    private mutating func appendCharacter(to text: inout [UInt8]) throws(UnreadableXML) {
        guard let byte = next() else { throw error("the document ends within an element") }
        guard byte == UInt8(ascii: "&") else { return text.append(byte) }
        let entity = String(decoding: try upTo(";", within: 12), as: UTF8.self)
        switch entity {
        case "lt": text.append(UInt8(ascii: "<"))
        case "gt": text.append(UInt8(ascii: ">"))
        case "amp": text.append(UInt8(ascii: "&"))
        case "quot": text.append(UInt8(ascii: "\""))
        case "apos": text.append(UInt8(ascii: "'"))
        default:
            guard let scalar = Self.scalar(of: entity) else { throw error("'&\(entity);' stands for nothing") }
            text += Array(String(scalar).utf8)
        }
    }

    private static func scalar(of entity: String) -> Unicode.Scalar? {
        guard entity.hasPrefix("#") else { return nil }
        let number = entity.dropFirst()
        let code = number.hasPrefix("x") ? UInt32(number.dropFirst(), radix: 16) : UInt32(number)
        return code.flatMap { $0 == 0 ? nil : Unicode.Scalar($0) }
    }

    private mutating func name() throws(UnreadableXML) -> String {
        let start = position
        while let byte = peek, !Self.endsName(byte) { position += 1 }
        guard position > start, let name = String(validating: bytes[start..<position], as: UTF8.self) else {
            throw error("a name is missing")
        }
        return name
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...32: true
        default: "<>/=&'\"!?".utf8.contains(byte)
        }
    }

    private static func local(_ name: String) -> String {
        name.split(separator: ":", maxSplits: 1).last.map(String.init) ?? name
    }

    private mutating func skipAttributes() throws(UnreadableXML) {
        skipBlanks()
        while let byte = peek, byte != UInt8(ascii: ">"), byte != UInt8(ascii: "/") {
            _ = try name()
            skipBlanks()
            guard skip("=") else { throw error("an attribute has no value") }
            skipBlanks()
            guard let mark = next(), "\"'".utf8.contains(mark) else {
                throw error("an attribute's value is not quoted")
            }
            _ = try upTo(mark == UInt8(ascii: "'") ? "'" : "\"")
            skipBlanks()
        }
    }

    /// What may stand around the root: blanks, comments, and instructions, of which the declaration is one.
    private mutating func skipMisc() throws(UnreadableXML) {
        repeat { skipBlanks() } while try skipAside()
        if startsWith("<!") { throw error("a document type is not taken") }
    }

    private mutating func skipAside() throws(UnreadableXML) -> Bool {
        if skip("<!--") {
            _ = try upTo("-->")
        } else if skip("<?") {
            _ = try upTo("?>")
        } else {
            return false
        }
        return true
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func next() -> UInt8? {
        guard let byte = peek else { return nil }
        position += 1
        return byte
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 32 || (9...10).contains(byte) || byte == 13 { position += 1 }
    }

    private func startsWith(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private mutating func skip(_ text: String) -> Bool {
        guard startsWith(text) else { return false }
        position += text.utf8.count
        return true
    }

    /// The bytes before a text, which is passed over.
    private mutating func upTo(_ text: String, within limit: Int = .max) throws(UnreadableXML) -> [UInt8] {
        let start = position
        while position < bytes.count, position - start <= limit {
            let found = position
            if skip(text) { return Array(bytes[start..<found]) }
            position += 1
        }
        throw error("'\(text)' is missing")
    }

    private func error(_ reason: String) -> UnreadableXML { UnreadableXML(reason: reason, position: position) }
}
