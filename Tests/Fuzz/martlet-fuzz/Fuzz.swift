import CFuzzer
import Foundation

/// usage: FUZZ_TARGET=NAME martlet-fuzz [LIBFUZZER'S OPTIONS] [CORPUS...]     `martlet-fuzz` alone lists the names
@main struct Fuzz {
    /// libFuzzer's callback can't capture anything.
    private static let target = ProcessInfo.processInfo.environment["FUZZ_TARGET"].flatMap {
        FuzzTarget.all[$0]
    }

    static func main() {
        guard target != nil else {
            print(FuzzTarget.all.keys.sorted().joined(separator: "\n"))
            exit(CommandLine.argc > 1 ? 1 : 0)
        }
        var (count, arguments) = (CommandLine.argc, Optional(CommandLine.unsafeArgv))
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { data, size in
                Fuzz.target?(UnsafeRawBufferPointer(start: data, count: size))
                return 0
            })
    }
}
