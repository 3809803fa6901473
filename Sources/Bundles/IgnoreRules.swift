/// Says what stays out of a bundle: the built-in rules, then those of the folder's `.sluiceignore`.
///
/// The file's syntax is that of gitignore(5): comments, `!`, anchoring, `*`, `?`, `[…]`, `**`, a trailing slash for
/// folders; the last rule that matches wins; nothing below an ignored folder comes back. Only the file in the folder's
/// root counts.
struct IgnoreRules {
    static let fileName = ".sluiceignore"

    /// What no deployment's code needs: version control, caches, and what is made anew on each host.
    static let builtIn = """
        .git
        .hg
        .svn
        __pycache__/
        *.pyc
        .venv/
        venv/
        .tox/
        .mypy_cache/
        .pytest_cache/
        .ruff_cache/
        .ipynb_checkpoints/
        node_modules/
        .build/
        .sluice/
        .DS_Store
        """

    private let patterns: [IgnorePattern]

    /// - Parameter text: the content of a `.sluiceignore`.
    init(_ text: String) {
        patterns = Self.patterns(in: Self.builtIn) + Self.patterns(in: text)
    }

    /// Judges one path whose parents are not ignored.
    /// - Parameter names: the path's names from the folder's root on.
    func ignores(_ names: [String], isFolder: Bool) -> Bool {
        patterns.last { $0.matches(names, isFolder: isFolder) }.map { !$0.isNegated } ?? false
    }

    private static func patterns(in text: String) -> [IgnorePattern] {
        // By scalars: as a Character, "\r\n" is one and would not split.
        text.unicodeScalars.drop { $0 == "\u{FEFF}" }.split(separator: "\n").compactMap { line in
            IgnorePattern(line.last == "\r" ? line.dropLast() : line)
        }
    }
}
