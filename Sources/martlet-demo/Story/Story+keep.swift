import Foundation

extension Story {
    /// Starts the controller once more, on its own: it outlives the demo, takes over the jobs, and tells no webhook.
    func leaveRunning() async throws {
        let before = Files(below: place.machine)
        let instances = Set(Processes.left(of: place.machine))
        try place.write(place.configuration(webhook: nil, programs: shell.bin), to: "martlet.yaml")
        try await shell.quietly(
            """
            setsid --fork sh -c 'echo $$ > controller.pid; exec "$0" serve --config "$1"' \
            \(shell.program.quoted) "$PWD/martlet.yaml" >> controller.log 2>&1 < /dev/null
            """)
        do { try await confirmSync(before) } catch {
            if let pid = FileManager.default.contents(atPath: "\(place.folder)/controller.pid").flatMap({
                Int32(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .newlines))
            }), pid > 0 {
                kill(pid, SIGTERM)
            }
            throw error
        }
        screen.begin("Go on by yourself")
        screen.confirm("the controller runs again, and had nothing to do")
        guard Set(Processes.left(of: place.machine)) == instances else {
            throw Failure("started again, the controller did not leave the instances as they were")
        }
        screen.confirm("it looks after the very same instances")
        screen.say(
            """

               cd \(place.folder)
               export MARTLET_CONFIG=$PWD/martlet.yaml PATH=\(shell.bin.quoted):$PATH
               martlet status                         # is it in sync, and if not, why?
               martlet get                            # all that it looks after
               curl "http://$(martlet resolve web | head -1)/"
               curl \(catalog.address)
               rm machine/shop/web.conf; ls machine/shop
               martlet history --limit 4
               $EDITOR shop/provision/site.yaml       # change something, then
               git -C shop commit -am 'Mine' && git -C shop push origin main
               martlet plan --help

            To stop it and remove everything:
               git -C shop rm -r --quiet run connect && git -C shop commit -qm 'Close the shop'
               git -C shop push origin main
               while pgrep -f $PWD/machine > /dev/null; do sleep 1; done
               kill $(cat controller.pid)
               rm -rf \(([place.folder] + place.runFolders.filter(exists)).joined(separator: " "))
            """)
    }

    /// Looks until it answers that it is in sync; it has written nothing by then.
    private func confirmSync(_ before: Files) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while (try? await shell.ask("status", StatusAnswer.self))?.sources.first?.sync != "inSync" {
            guard ContinuousClock.now < deadline else {
                throw Failure("started again, the controller did not answer")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        guard Files(below: place.machine).difference(from: before) == .init() else {
            throw Failure("started again, the controller wrote files that were right")
        }
    }
    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
