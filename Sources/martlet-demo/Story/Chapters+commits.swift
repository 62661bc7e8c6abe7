import Foundation

extension Chapters {
    mutating func converge(since start: ContinuousClock.Instant) async throws {
        screen.begin("The first convergence")
        screen.show(command: "martlet serve --config martlet.yaml")
        let message = try await message(
            "commit.converged", from: 0, "of the first commit", within: .seconds(60)
        ) { _ in
            true
        }
        if let path = shop.firstWrong() { throw Failure("'\(path)' is not what it should be") }
        let found = Files(below: place.machine)
        guard found.names == Set(shop.files.keys).union(shop.links.keys) else {
            throw Failure("on the disk, found was \(found.difference(from: files))")
        }
        files = found
        try await shell.show("cd machine && find . ! -type d | sort")
        screen.confirm(
            "all of it stood \((message.arrived - start).seconds) after the controller was started")
        let mode = try FileManager.default.attributesOfItem(atPath: "\(place.machine)/shop/app.env")[
            .posixPermissions]
        guard mode as? Int == 0o600 else { throw Failure("app.env can be read by others") }
        screen.confirm("app.env, mode 0600, has the secrets: DB_URL=postgres://shop:•••@db.demo.example/shop")
        try await shell.show("martlet status")
        try await checkSync()
    }

    mutating func changeOneManifest() async throws {
        screen.begin("A commit that changes one manifest")
        try await shell.run("sed -i 's/fr: Bonjour/fr: Bonjour à tous/' shop/provision/site.yaml")
        try await shell.run("git -C shop commit --quiet --all --message 'Greet everybody in France'")
        shop.greetings["fr"] = "Bonjour à tous"
        let duration = try await push()
        try compare(.init(written: ["shop/site/index.fr.html"]))
        screen.confirm("converged \(duration.seconds) after the push began")
        screen.confirm(
            "index.fr.html was written anew; the \(files.names.count - 1) others are the very same files")
    }

    mutating func rotate() async throws {
        screen.begin("A secret is rotated")
        shop.secrets.password = Shop.Secrets.random()
        let start = ContinuousClock.now
        try await story.put("shop/db", ["password": shop.secrets.password])
        try await eventually("the new password in app.env") { shop.firstWrong() == nil ? () : nil }
        let duration = ContinuousClock.now - start
        try await eventually("the secret as the cause, in the history of app-env") {
            try await history(of: "app-env").first?.cause == "dependency" ? () : nil
        }
        try compare(.init(written: ["shop/app.env"]))
        screen.confirm(
            "\(duration.seconds) later app.env has the new password, and no other file was written")
        try await shell.show("martlet history infrastructure/app-env --limit 1")
        try await provePassword()
    }

    mutating func prune() async throws {
        screen.begin("A manifest is removed")
        try await shell.run("echo 'by hand' > machine/shop/site/visitors.txt")
        files = Files(below: place.machine)
        try await shell.run("git -C shop rm --quiet provision/robots.json")
        try await shell.run("git -C shop commit --quiet --message 'Let robots in'")
        shop.hasRobots = false
        let duration = try await push()
        try compare(.init(gone: ["shop/site/robots.txt"]))
        screen.confirm("\(duration.seconds) after the push began robots.txt is gone, and nothing else")
        screen.confirm("visitors.txt, which nobody asked Martlet for, was not touched")
    }
}
