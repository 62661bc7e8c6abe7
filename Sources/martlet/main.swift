import Foundation
import Repository

// A fetch is a child process of the same program: it must start before anything else is set up.
if CommandLine.arguments.dropFirst().first == FetchChild.argument { exit(FetchChild.run()) }

await Martlet.main()
