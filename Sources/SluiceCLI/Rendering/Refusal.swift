/// A server's reason in fewer words. The API words what is wrong with parameters as Prefect does; the path, the value and
/// the reason are what a person needs of it.
enum Refusal {
    /// `Error creating flow run: Validation failed for field 'month'. Failure reason: 13 is greater than …` becomes
    /// `month: 13 is greater than …`.
    static func plain(_ detail: String) -> String {
        detail.replacing("Error creating flow run: ", with: "")
            .replacing(#/Validation failed for field '([^']*)'\. Failure reason: /#) { "\($0.output.1): " }
            .replacing("Validation failed. Failure reason: ", with: "")
    }
}
