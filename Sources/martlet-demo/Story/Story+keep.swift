import Foundation

extension Story {
    /// Starts the controller once more, on its own: it outlives the demo, and tells no webhook.
    func leaveRunning() async throws {
        let before = Files(below: place.machine)
        try place.write(place.configuration(webhook: nil), to: "martlet.yaml")
        try await shell.quietly(
            """
            setsid --fork sh -c 'echo $$ > controller.pid; exec "$0" serve --config "$1"' \
            "\(shell.program)" "\(place.folder)/martlet.yaml" >> controller.log 2>&1 < /dev/null
            """)
        try await shell.quietly("for _ in $(seq 200); do test -S state/martlet.sock && exit 0; sleep 0.1; done; exit 1")
        guard Files(below: place.machine).difference(from: before) == .init() else {
            throw Failure("started again, the controller wrote files that were right")
        }
        screen.begin("Go on by yourself")
        screen.confirm("the controller runs again, and had nothing to do")
    }
}
