// Python's strings are sequences of code points, and so are templates.
extension Unicode.Scalar {
    /// What Python holds for white space.
    var isSpace: Bool {
        properties.isWhitespace || (0x1c...0x1f).contains(value)
    }

    var isDigit: Bool { ("0"..."9").contains(self) }

    /// What `\w` means in Python.
    var isWordPart: Bool {
        if value < 0x80 { return isDigit || self == "_" || ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
        return properties.isAlphabetic || properties.numericType != nil || isMark
    }

    private var isMark: Bool {
        [.nonspacingMark, .spacingMark].contains(properties.generalCategory) && properties.isXIDContinue
    }
}

extension String {
    init(_ scalars: some Sequence<Unicode.Scalar>) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }

    var scalars: [Unicode.Scalar] { Array(unicodeScalars) }

    /// Equality of code points, where Swift's own `==` holds canonically equivalent strings for equal.
    func isSame(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    func precedes(_ other: String) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }
}
