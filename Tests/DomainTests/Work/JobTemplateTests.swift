import Domain
import JSON
import Testing

@Suite struct JobTemplateTests {
    @Test func variablesAreFoundWhereverTheyAreUsed() throws {
        let template = try #require(
            JobTemplate([
                "job_configuration": [
                    "command": "{{ command }}", "env": ["A": "x{{a.b}}y{{  b }}"], "list": [["{{c-d}}"]],
                    "other": "{{ prefect.blocks.x.y }} {{ prefect.variables.v }} {{ $HOME }} {{ not one }} {{ open",
                ],
                "variables": ["properties": ["command": [:]]],
            ]))
        #expect(template.undeclared == ["a.b", "b", "c-d"])
    }

    @Test func defaultsAreThoseThatAreValues() throws {
        let template = try #require(
            JobTemplate([
                "job_configuration": ["x": 1],
                "variables": [
                    "properties": [
                        "a": ["default": 1], "b": [:], "c": ["default": ["$ref": ["block_document_id": "x"]]],
                    ]
                ],
            ]))
        #expect(template.defaults == ["a": 1])
    }

    @Test(arguments: [[:], ["variables": ["properties": [:]]], ["job_configuration": ["a": 1]]] as [JSONObject])
    func whatLacksAPartIsNone(_ template: JSONObject) { #expect(JobTemplate(template) == nil) }
}
