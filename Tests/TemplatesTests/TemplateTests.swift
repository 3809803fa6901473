import Foundation
import JSON
import Templates
import TestSupport
import Testing

/// What the original makes of each template in `Cases/cases.json`: a text, a refusal to parse, or a failure to render.
@Suite struct TemplateTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let template: String
        /// Nil if it cannot be rendered.
        let text: String?
        let isRefused: Bool

        var testDescription: String { template }
    }

    private static let file: JSONValue = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases/cases.json")
        return (try? Data(contentsOf: path)).flatMap { try? JSONValue(parsing: $0) } ?? .null
    }()

    static let context = file["context"]?.objectValue ?? [:]

    static let cases = (file["cases"]?.arrayValue ?? []).map { line in
        Case(
            template: line["template"]?.stringValue ?? "", text: line["text"]?.stringValue,
            isRefused: line["refused"] == true)
    }

    @Test func thereAreCases() {
        #expect(Self.cases.count > 250)
    }

    @Test(arguments: cases) func rendersAsTheOriginal(_ each: Case) throws {
        if each.isRefused {
            #expect(throws: TemplateError.self) { try Template(parsing: each.template) }
        } else if let text = each.text {
            let rendered = try Template(parsing: each.template).render(Self.context)
            #expect(rendered == text)
        } else {
            let template = try Template(parsing: each.template)
            #expect(throws: TemplateError.self) { try template.render(Self.context) }
        }
    }
}
