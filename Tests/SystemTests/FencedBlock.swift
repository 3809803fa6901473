/// A fenced block of a page: `console` has commands behind `$ `, any other language with a name behind it is that file.
struct FencedBlock {
    let language: String
    let file: String?
    let lines: [String]

    /// The commands of a `console` block.
    var commands: [String] {
        language == "console" ? lines.filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) } : []
    }

    static func all(of page: String) -> [FencedBlock] {
        var blocks: [FencedBlock] = []
        var open: (info: [String], lines: [String])?
        for line in page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            guard line.hasPrefix("```") else {
                open?.lines.append(line)
                continue
            }
            if let block = open {
                let file = block.info.count > 1 ? block.info[1] : nil
                blocks.append(FencedBlock(language: block.info.first ?? "", file: file, lines: block.lines))
                open = nil
            } else {
                open = (line.dropFirst(3).split(separator: " ").map(String.init), [])
            }
        }
        return blocks
    }
}
