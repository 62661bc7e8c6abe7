import ArgumentParser
import Foundation
import Repository

@main
struct Program {
    static func main() async {
        // A fetch is a child process of the same program: it must start before anything else is set up.
        if CommandLine.arguments.dropFirst().first == FetchChild.argument { exit(FetchChild.run()) }
        await Martlet.main()
    }
}
