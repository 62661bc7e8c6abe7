import Foundation

extension Chapters {
    /// In the middle of a rollout nobody looks after anything any more.
    mutating func crash() async throws {
        screen.begin("The controller is killed in the middle of a rollout")
        let number = sink.messages.count
        try await release("release=2", "release=3", "Release 3, spelled right")
        try await shell.run("git -C shop push --quiet origin main")
        let mixed = try await eventually("an instance of release 3 beside others") {
            () -> Set<WebInstance>? in
            guard let found = try? await catalog.instances() else { return nil }
            return Set(found.map(\.release)) == ["2", "3"] ? Set(found) : nil
        }
        screen.show(command: "kill -9 \(controller.pid)  # martlet serve")
        await controller.kill()
        guard !sink.messages.dropFirst(number).contains(where: { $0.delivery.type == "commit.converged" })
        else {
            throw Failure("the rollout was over before the controller was killed")
        }
        interrupted = mixed
        let left = mixed.filter { kill($0.pid, 0) == 0 }
        screen.confirm(
            "\(left.count) instances go on without it: "
                + left.sorted { $0.name < $1.name }.map { "\($0.name) of release \($0.release)" }
                .joined(separator: ", "))
        guard left.contains(where: { $0.release == "3" }), left.contains(where: { $0.release == "2" }) else {
            throw Failure("instances have ended with the controller")
        }
    }

    /// Another controller finds what the killed one has left.
    mutating func recover(with next: RunningController) async throws {
        let start = ContinuousClock.now
        controller = next
        screen.show(command: "martlet serve --config martlet.yaml")
        let commit = try await head()
        let message = try await message("commit.converged", from: 0, "of release 3", within: .seconds(60)) {
            $0.data.commit == commit
        }
        let after = try await checkInstances(release: "3")
        screen.confirm("the rollout was over \((message.arrived - start).seconds) after it was started again")
        let kept = interrupted.filter { $0.release == "3" }
        guard kept.isSubset(of: after) else {
            throw Failure("what the killed controller had begun was begun again")
        }
        let names = kept.map(\.name).sorted().joined(separator: " and ")
        screen.confirm(
            "\(names), started before the kill: still the same \(kept.count == 1 ? "process" : "processes")")
        let count = try await eventually("the end of the instances of release 2") { () -> Int? in
            let count = Processes.countWebs(of: place.machine)
            return count <= 3 ? count : nil
        }
        guard count == 3 else { throw Failure("there are \(count) web servers, not 3") }
        screen.confirm("three web servers run, and no other: nothing was doubled")
        try compare(.init())
        try await checkSync()
    }

    /// Jobs end with the commit that takes them away.
    mutating func remove() async throws {
        screen.begin("The shop is closed")
        try await shell.run("git -C shop rm -r --quiet run connect")
        try await shell.run("git -C shop commit --quiet --message 'Close the shop'")
        let duration = try await push()
        screen.confirm("converged \(duration.seconds) after the push began")
        try await shell.run("martlet resolve web", endingWith: 1)
        try await eventually("the end of all instances") {
            Processes.countWebs(of: place.machine) == 0 ? () : nil
        }
        try compare(.init())
        screen.confirm("no web server runs, and nobody is told of one; the files are the very same ones")
    }
}
