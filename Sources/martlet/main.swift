import Foundation
import Repository

if CommandLine.arguments.dropFirst().first == FetchChild.argument { exit(FetchChild.run()) }

print("martlet")
