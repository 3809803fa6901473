/// International host names (RFC 5890 to 5892), as the user writes them or with labels in Punycode. What IDNA2008 says
/// of the direction of writing (RFC 5893) is not checked.
extension StringFormat {
    static func isInternationalHostname(_ text: String) -> Bool {
        guard text.unicodeScalars.count <= 253 else { return false }
        let labels = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0.isDot }
        return labels.allSatisfy { isInternationalLabel(Array($0)) }
    }

    private static func isInternationalLabel(_ label: [Unicode.Scalar]) -> Bool {
        guard label.allSatisfy(\.isASCII) else {
            // In Punycode it has four characters more.
            guard let encoded = Punycode.encoded(label) else { return false }
            return encoded.count <= 59 && isUnicodeLabel(label)
        }
        let text = String(String.UnicodeScalarView(label))
        guard isLabel(text[...].utf8) else { return false }
        guard label.count >= 4, label[2] == "-", label[3] == "-" else { return true }
        guard text.lowercased().hasPrefix("xn--"), let decoded = Punycode.decoded(text.dropFirst(4).utf8)
        else { return false }
        return !decoded.allSatisfy(\.isASCII) && isUnicodeLabel(decoded)
    }

    /// A U-label (RFC 5891 §4.2.3).
    private static func isUnicodeLabel(_ label: [Unicode.Scalar]) -> Bool {
        guard let first = label.first, first != "-", label.last != "-", !first.isCombiningMark else { return false }
        if label.count >= 4, label[2] == "-", label[3] == "-" { return false }
        return label.indices.allSatisfy { place in
            satisfiesContext(place, in: label) ?? label[place].isAllowedInNames
        }
    }

    /// The rules for scalars that are allowed beside certain others (RFC 5892, appendix A); nil for all others.
    private static func satisfiesContext(_ place: Int, in label: [Unicode.Scalar]) -> Bool? {
        let before = place > 0 ? label[place - 1] : nil
        let after = place + 1 < label.count ? label[place + 1] : nil
        switch label[place].value {
        case 0x200c:
            // Otherwise it stands between letters that would join; which do, the standard library does not know, but
            // the blocks of the scripts that join it does.
            return before?.isVirama == true || before?.isInJoiningScript == true && after?.isInJoiningScript == true
        case 0x200d: return before?.isVirama == true
        case 0xb7: return before == "l" && after == "l"
        case 0x375: return after?.isGreek == true
        case 0x5f3, 0x5f4: return before.map { (0x591...0x5f4).contains($0.value) } ?? false
        case 0x30fb: return label.contains(where: \.isJapanese)
        case 0x660...0x669: return !label.contains { (0x6f0...0x6f9).contains($0.value) }
        case 0x6f0...0x6f9: return !label.contains { (0x660...0x669).contains($0.value) }
        default: return nil
        }
    }
}

extension Unicode.Scalar {
    /// All that RFC 3490 §3.1 takes for a dot.
    fileprivate var isDot: Bool { [0x2e, 0x3002, 0xff0e, 0xff61].contains(value) }

    fileprivate var isVirama: Bool { properties.canonicalCombiningClass.rawValue == 9 }

    fileprivate var isInJoiningScript: Bool {
        switch value {
        case 0x620...0x8ff, 0x1807...0x18aa, 0xa840...0xa873, 0x10ac0...0x10aef, 0x10d00...0x10d23, 0x1e900...0x1e943:
            true
        default: false
        }
    }

    fileprivate var isGreek: Bool {
        (0x370...0x3ff).contains(value) || (0x1f00...0x1fff).contains(value)
    }

    /// Hiragana, Katakana or Han.
    fileprivate var isJapanese: Bool {
        switch value {
        case 0x3005, 0x3007, 0x3041...0x3096, 0x309d...0x309f, 0x30a1...0x30fa, 0x30fd...0x30ff, 0x31f0...0x31ff,
            0x3400...0x4dbf, 0x4e00...0x9fff, 0xf900...0xfaff, 0x20000...0x3ffff:
            true
        default: false
        }
    }

    fileprivate var isCombiningMark: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    /// PVALID of RFC 5892 §3.
    fileprivate var isAllowedInNames: Bool {
        switch value {
        case 0x2d, 0xdf, 0x3c2, 0x6fd, 0x6fe, 0xf0b, 0x3007: return true
        case 0x640, 0x7fa, 0x302e, 0x302f, 0x3031...0x3035, 0x303b: return false
        // Old Hangul Jamo, and marks for symbols and music.
        case 0x1100...0x11ff, 0xa960...0xa97f, 0xd7b0...0xd7ff, 0x20d0...0x20ff, 0x1d100...0x1d24f: return false
        default: break
        }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .modifierLetter, .decimalNumber, .nonspacingMark,
            .spacingMark:
            return !properties.changesWhenNFKCCaseFolded
        default: return false
        }
    }
}
