/// An element of a small XML document, such as stores answer with: attributes are left out, and of names the prefix.
struct XMLNode: Sendable, Hashable {
    var name: String
    var children: [XMLNode] = []
    /// All text directly in it.
    var text = ""

    /// The first element in it of that name.
    subscript(_ name: String) -> XMLNode? { children.first { $0.name == name } }

    /// Reads a whole document.
    ///
    /// - Throws: ``UnreadableXML`` for anything that is not well-formed, and for document types: so there are no entities but
    ///   XML's own five, and nothing that grows when it is read.
    init(parsing bytes: [UInt8]) throws(UnreadableXML) {
        var scanner = XMLScanner(bytes)
        self = try scanner.document()
    }

    init(name: String) { self.name = name }
}

/// What is wrong with a text that should be XML.
struct UnreadableXML: Error, Hashable {
    var reason: String
    /// In bytes from the start.
    var position: Int
}
