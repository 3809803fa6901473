import Glibc

/// The program's entry.
@main
enum SluiceMain {
    static func main() async {
        // A reader that goes away is an error of the write, so that what was started can be ended.
        signal(SIGPIPE, SIG_IGN)
        let code = await Surroundings.$current.withValue(.system()) {
            await Program.run(Array(CommandLine.arguments.dropFirst()))
        }
        exit(code)
    }
}
