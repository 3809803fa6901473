/// Names for runs that were given none: easier to say and to tell apart than ids.
enum RunNames {
    static func make(_ surroundings: Surroundings) -> String {
        "\(adjectives[surroundings.number(below: adjectives.count)])-\(nouns[surroundings.number(below: nouns.count)])"
    }

    private static let adjectives = """
        amber ancient autumn blue bold brave brisk bronze calm clear clever coral crimson crisp curious daring deep \
        eager early fair fast fierce fresh gentle gold grand green happy hardy honest humble icy indigo ivory jade \
        keen kind lively loyal lucky lunar mellow merry misty modest noble olive patient pearl plain polite proud \
        quick quiet rapid royal rustic sandy scarlet sharp shiny silent silver simple sleek smooth snowy solar \
        solid spring steady stoic stormy sunny swift tidy true velvet vivid warm wild winter wise witty young zesty
        """.split(separator: " ").map(String.init)

    private static let nouns = """
        alder anchor arch aspen badger bay beacon beaver birch bison breeze bridge brook canal canyon cedar cliff \
        cloud comet coral cove crane creek cypress dam delta dolphin dove dune eagle elm ember falcon fern finch \
        fjord forest fox gate geyser glacier grove gull harbor hawk heron hill island ivy jay lagoon lake lantern \
        lark lynx maple marsh meadow mesa mill moose moss newt oak ocean orca osprey otter owl pebble pine plover \
        pond prairie puffin quail rapids raven reef ridge river robin salmon seal shore sluice spruce stork stream \
        swan tarn thrush tide trout valley weir willow wolf wren
        """.split(separator: " ").map(String.init)
}
