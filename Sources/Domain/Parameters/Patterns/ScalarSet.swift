/// A set of Unicode scalars: what one place of a pattern matches.
struct ScalarSet: Sendable, Hashable {
    enum Member: Sendable, Hashable {
        case range(ClosedRange<UInt32>)
        case property(ScalarProperty, isNegated: Bool)
    }

    private let members: [Member]
    private let isNegated: Bool
    private let ignoresCase: Bool
    /// The answers for ASCII, computed once: bit n of the first or, from 64 on, of the second.
    private var asciiLow: UInt64 = 0
    private var asciiHigh: UInt64 = 0

    init(_ members: [Member], isNegated: Bool = false, ignoresCase: Bool = false) {
        self.members = members
        self.isNegated = isNegated
        self.ignoresCase = ignoresCase
        for number in 0..<128 as Range<UInt32> {
            guard let scalar = Unicode.Scalar(number), computesMembership(of: scalar) else { continue }
            if number < 64 { asciiLow |= 1 << number } else { asciiHigh |= 1 << (number - 64) }
        }
    }

    init(_ scalar: Unicode.Scalar, ignoresCase: Bool = false) {
        self.init([.range(scalar.value...scalar.value)], ignoresCase: ignoresCase)
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case ..<64: asciiLow >> scalar.value & 1 == 1
        case ..<128: asciiHigh >> (scalar.value - 64) & 1 == 1
        default: computesMembership(of: scalar)
        }
    }

    private func computesMembership(of scalar: Unicode.Scalar) -> Bool {
        var isMember = hasMember(scalar)
        if ignoresCase, !isMember {
            isMember = scalar.caseVariants.contains { hasMember($0) }
        }
        return isMember != isNegated
    }

    private func hasMember(_ scalar: Unicode.Scalar) -> Bool {
        members.contains { member in
            switch member {
            case .range(let range): range.contains(scalar.value)
            case .property(let property, let isNegated): property.holds(for: scalar) != isNegated
            }
        }
    }
}

extension ScalarSet {
    static let digits: [Member] = [.range(0x30...0x39)]
    static let nonDigits: [Member] = complement(of: digits)
    static let wordCharacters: [Member] = [
        .range(0x30...0x39), .range(0x41...0x5a), .range(0x5f...0x5f), .range(0x61...0x7a),
    ]
    static let nonWordCharacters: [Member] = complement(of: wordCharacters)
    /// ECMA-262's WhiteSpace and LineTerminator.
    static let whitespace: [Member] = [
        .range(0x09...0x0d), .range(0x20...0x20), .range(0xa0...0xa0), .range(0x1680...0x1680), .range(0x2000...0x200a),
        .range(0x2028...0x2029), .range(0x202f...0x202f), .range(0x205f...0x205f), .range(0x3000...0x3000),
        .range(0xfeff...0xfeff),
    ]
    static let nonWhitespace: [Member] = complement(of: whitespace)
    static let lineTerminators: [Member] = [.range(0x0a...0x0a), .range(0x0d...0x0d), .range(0x2028...0x2029)]

    static let word = ScalarSet(wordCharacters)
    static let lineTerminator = ScalarSet(lineTerminators)
    static let any = ScalarSet([], isNegated: true)

    /// What lies between ranges that are in order and apart.
    private static func complement(of members: [Member]) -> [Member] {
        var gaps: [Member] = []
        var next: UInt32 = 0
        for case .range(let range) in members {
            if next < range.lowerBound { gaps.append(.range(next...range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        return gaps + [.range(next...0x10ffff)]
    }
}

extension Unicode.Scalar {
    /// The lower-case and upper-case forms that are one scalar.
    var caseVariants: [Unicode.Scalar] {
        if isASCII { return properties.isAlphabetic ? [Unicode.Scalar(UInt8(value) ^ 0x20)] : [] }
        return [properties.lowercaseMapping, properties.uppercaseMapping].compactMap { mapping in
            mapping.unicodeScalars.count == 1 ? mapping.unicodeScalars.first : nil
        }
    }
}
