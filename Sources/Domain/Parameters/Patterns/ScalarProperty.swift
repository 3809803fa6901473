/// What `\p{…}` names: a general category, a group of them, or a binary property of Unicode.
enum ScalarProperty: Sendable, Hashable {
    case categories(Set<Unicode.GeneralCategory>)
    case alphabetic, uppercase, lowercase, whitespace, ascii, any, emoji

    /// By a short or long name (`Lu`, `Uppercase_Letter`, `digit`), also after `gc=` or `General_Category=`.
    init?(name: String) {
        var name = name[...]
        for prefix in ["gc=", "General_Category="] where name.hasPrefix(prefix) {
            name = name.dropFirst(prefix.count)
        }
        if let categories = Self.categories[String(name)] {
            self = .categories(categories)
            return
        }
        switch name {
        case "Alphabetic", "Alpha": self = .alphabetic
        case "Uppercase", "Upper": self = .uppercase
        case "Lowercase", "Lower": self = .lowercase
        case "White_Space", "space": self = .whitespace
        case "ASCII": self = .ascii
        case "Any": self = .any
        case "Emoji": self = .emoji
        default: return nil
        }
    }

    func holds(for scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .categories(let categories): categories.contains(scalar.properties.generalCategory)
        case .alphabetic: scalar.properties.isAlphabetic
        case .uppercase: scalar.properties.isUppercase
        case .lowercase: scalar.properties.isLowercase
        case .whitespace: scalar.properties.isWhitespace
        case .ascii: scalar.isASCII
        case .any: true
        case .emoji: scalar.properties.isEmoji
        }
    }

    private typealias Category = Unicode.GeneralCategory

    /// Unicode's names of its general categories (UAX #44, table 12).
    private static let names: [(short: String, long: String, category: Category)] = [
        ("Lu", "Uppercase_Letter", .uppercaseLetter), ("Ll", "Lowercase_Letter", .lowercaseLetter),
        ("Lt", "Titlecase_Letter", .titlecaseLetter), ("Lm", "Modifier_Letter", .modifierLetter),
        ("Lo", "Other_Letter", .otherLetter), ("Mn", "Nonspacing_Mark", .nonspacingMark),
        ("Mc", "Spacing_Mark", .spacingMark), ("Me", "Enclosing_Mark", .enclosingMark),
        ("Nd", "Decimal_Number", .decimalNumber), ("Nl", "Letter_Number", .letterNumber),
        ("No", "Other_Number", .otherNumber), ("Pc", "Connector_Punctuation", .connectorPunctuation),
        ("Pd", "Dash_Punctuation", .dashPunctuation), ("Ps", "Open_Punctuation", .openPunctuation),
        ("Pe", "Close_Punctuation", .closePunctuation), ("Pi", "Initial_Punctuation", .initialPunctuation),
        ("Pf", "Final_Punctuation", .finalPunctuation), ("Po", "Other_Punctuation", .otherPunctuation),
        ("Sm", "Math_Symbol", .mathSymbol), ("Sc", "Currency_Symbol", .currencySymbol),
        ("Sk", "Modifier_Symbol", .modifierSymbol), ("So", "Other_Symbol", .otherSymbol),
        ("Zs", "Space_Separator", .spaceSeparator), ("Zl", "Line_Separator", .lineSeparator),
        ("Zp", "Paragraph_Separator", .paragraphSeparator), ("Cc", "Control", .control), ("Cf", "Format", .format),
        ("Cs", "Surrogate", .surrogate), ("Co", "Private_Use", .privateUse), ("Cn", "Unassigned", .unassigned),
    ]

    private static let aliases = [
        "Letter": "L", "Mark": "M", "Combining_Mark": "M", "Number": "N", "Punctuation": "P", "punct": "P",
        "Symbol": "S", "Separator": "Z", "Other": "C", "digit": "Nd", "cntrl": "Cc", "Cased_Letter": "LC",
    ]

    private static let categories: [String: Set<Category>] = {
        var table: [String: Set<Category>] = ["LC": [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter]]
        for (short, long, category) in names {
            table[short] = [category]
            table[long] = [category]
            table[String(short.prefix(1)), default: []].insert(category)
        }
        for (alias, name) in aliases {
            table[alias] = table[name]
        }
        return table
    }()
}
