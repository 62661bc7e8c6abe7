import Foundation

/// Asks at the terminal that standard input is, showing nothing of the answer.
enum HiddenPrompt {
    /// Ends with the line. The terminal hands over every key as it is, so that a line may be of any length, and is
    /// put back into its former state whatever happens: Ctrl-C is a key too.
    static func ask(_ question: String) throws(SecretInputError) -> [UInt8] {
        var former = termios()
        guard tcgetattr(STDIN_FILENO, &former) == 0 else { throw .noTerminal }
        var silent = former
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG | IEXTEN)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else { throw .noTerminal }
        defer {
            _ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &former)
            say("\n")
        }
        say(question)
        return try line()
    }

    /// The question is no output: that may be a file.
    private static func say(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    private static func line() throws(SecretInputError) -> [UInt8] {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { throw .cancelled }
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return line
            case Key.interrupt, Key.suspend: throw .cancelled
            case Key.end:
                if line.isEmpty { throw .cancelled }
                return line
            case Key.backspace, Key.delete:
                while let last = line.popLast(), last & 0xc0 == 0x80 {}
            case Key.clear: line.removeAll()
            default: line.append(byte)
            }
        }
    }

    private enum Key {
        static let interrupt: UInt8 = 3, end: UInt8 = 4, backspace: UInt8 = 8, clear: UInt8 = 21
        static let suspend: UInt8 = 26, delete: UInt8 = 127
    }
}
