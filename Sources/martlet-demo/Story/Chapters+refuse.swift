import Foundation

extension Chapters {
    mutating func refuse() async throws {
        screen.begin("A broken manifest is pushed")
        let number = sink.messages.count
        try await shell.run("sed -i 's/mode:/moed:/' shop/provision/web.yaml")
        try await shell.run("git -C shop commit --quiet --all --message 'Set the mode'")
        try await shell.run("git -C shop push --quiet origin main")
        let message = try await message("source.refused", from: number, "with its problems") { _ in true }
        let problems = message.delivery.data.problems ?? []
        let places = try typos(of: "moed", in: "provision/web.yaml")
        guard Set(problems.compactMap(\.location)) == places else {
            throw Failure("the problems told are not at the places of the typing errors")
        }
        let status = try await shell.show("martlet status", endingWith: 1).output
        guard places.allSatisfy({ status.contains("\($0.file):\($0.line):\($0.column): error: ") }) else {
            throw Failure("'martlet status' does not show where the typing errors are")
        }
        screen.confirm("refused as a whole, with the place of every problem")
        try compare(.init())
        screen.confirm("nothing was lost: every file is the very same one")
        try await mend("robots", "rm machine/shop/site/robots.txt", sees: nil)
        try compare(.init(written: ["shop/site/robots.txt"]))
        screen.confirm("so drift is still corrected, at the last good commit")
        try await shell.run("git -C shop revert --no-edit HEAD")
        let duration = try await push()
        try compare(.init())
        screen.confirm("in sync again \(duration.seconds) after the push began, with nothing to write")
    }

    /// Where a word begins, on each line that has it.
    private func typos(of word: String, in file: String) throws -> Set<Delivery.Problem.Place> {
        let text = try String(contentsOfFile: "\(place.checkout)/\(file)", encoding: .utf8)
        var places: Set<Delivery.Problem.Place> = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let range = line.range(of: word) else { continue }
            let column = line.distance(from: line.startIndex, to: range.lowerBound) + 1
            places.insert(.init(file: file, line: index + 1, column: column))
        }
        return places
    }
}
