import Foundation

extension Chapters {
    func find() async throws {
        screen.begin("A job of three instances, and the service that finds them")
        try await shell.show("martlet get job")
        let places = try await shell.show("martlet resolve web").output.split(separator: "\n").map(
            String.init)
        let endpoints = try await catalog.web().endpoints
        guard places.count == 3, Set(places) == Set(endpoints.map(\.place)) else {
            throw Failure("'martlet resolve' and the catalog do not list the same three endpoints")
        }
        screen.confirm("the catalog lists the same three: \(catalog.address)")
        let page = shop.files["shop/site/index.en.html"]
        for endpoint in endpoints where try await catalog.ask(endpoint, "") != page {
            throw Failure("\(endpoint.place) does not serve the page on the disk")
        }
        screen.confirm("each of them serves the page that the host engine wrote")
        try await checkPasswords()
        screen.confirm("each has read the database's password, from a file in memory")
        let schema = try FileManager.default.attributesOfItem(atPath: "\(place.machine)/shop/schema")
        let migrated = (schema[.modificationDate] as? Date)?.timeIntervalSince1970
        let instances = try await catalog.instances()
        guard let migrated, instances.allSatisfy({ $0.startedAt >= migrated }) else {
            throw Failure("an instance was started before the migration had ended")
        }
        screen.confirm("and each was started after job/migrate had ended")
    }

    /// The job that uses the secret has followed it.
    func provePassword() async throws {
        _ = try await eventually("three instances with the new password", within: .seconds(60)) {
            try? await checkPasswords()
        }
        try await eventually("the end of the rollout", within: .seconds(30)) { try? await checkSync() }
        screen.confirm("the web servers were replaced one by one: each has the new password")
    }

    private func checkPasswords() async throws {
        let endpoints = try await catalog.web().endpoints
        guard endpoints.count == 3 else { throw Failure("there are \(endpoints.count) endpoints, not 3") }
        let password = Data(shop.secrets.password.utf8)
        for endpoint in endpoints {
            let question = Shop.Secrets.random()
            let answer = try await catalog.ask(endpoint, "proof/\(question)")
            guard answer == WebInstance.proof(of: password, for: question) else {
                throw Failure("\(endpoint.place) does not have the database's password")
            }
        }
    }

    func roll() async throws {
        screen.begin("A new release, while customers go on shopping")
        let customers = Customers(catalog)
        let duration = try await customers.ask {
            try await release("release=1", "release=2", "Release 2")
            let duration = try await push()
            let answers = customers.answers.count
            try await eventually("a hundred more answers") {
                customers.answers.count > answers + 100 ? () : nil
            }
            return duration
        }
        try await checkInstances(release: "2")
        let (count, releases) = customers.answers
        guard releases == ["1", "2"] else {
            throw Failure(
                "customers met the releases \(releases.sorted().joined(separator: ", ")), not 1 and 2")
        }
        screen.confirm("converged \(duration.seconds) after the push began, one instance after another")
        screen.confirm("of \(count) requests meanwhile none has failed")
    }

    func revert() async throws {
        screen.begin("A release that can't start")
        let before = try await checkInstances(release: "2")
        let (number, start) = (sink.messages.count, ContinuousClock.now)
        try await release("release=2", "relaese=3", "Release 3")
        try await shell.run("git -C shop push --quiet origin main")
        let commit = try await head()
        let message = try await message("commit.failed", from: number, "of release 3", within: .seconds(40)) {
            $0.data.commit == commit
        }
        let told = message.delivery.data.resources.first { $0.id == "job/shop/web" }
        guard let told, told.state == "failed", let reason = told.reason, reason.contains("exit code"),
            reason.contains("reverted")
        else { throw Failure("it was not told why release 3 failed, and that it was taken back") }
        screen.confirm("told \((message.arrived - start).seconds) later: job/web \(reason)")
        try await shell.show("martlet status", endingWith: 1)
        guard try await checkInstances(release: "2") == before else {
            throw Failure("the instances of release 2 are not the ones that ran before")
        }
        screen.confirm("the three instances of release 2 were left alone, and are all that is listed")
        try await shell.run("git -C shop revert --no-edit HEAD")
        let duration = try await push()
        guard try await checkInstances(release: "2") == before else {
            throw Failure("to take the commit back has replaced an instance")
        }
        screen.confirm("in sync again \(duration.seconds) after the push began, with nothing to start")
    }

    func killOne() async throws {
        screen.begin("An instance is killed by hand")
        let before = try await checkInstances(release: "2")
        let number = sink.messages.count
        guard let victim = before.min(by: { $0.name < $1.name }) else { return }
        let start = ContinuousClock.now
        try await shell.run("kill -9 \(victim.pid)  # \(victim.name)")
        let after = try await eventually("three instances again") { () -> Set<WebInstance>? in
            let found = try? await checkInstances(release: "2")
            return found?.contains(victim) ?? true ? nil : found
        }
        let duration = ContinuousClock.now - start
        let new = after.subtracting(before)
        guard after.count == 3, new.count == 1, new.first?.name == victim.name else {
            throw Failure("not just \(victim.name) was started again")
        }
        screen.confirm(
            "\(victim.name) is back and listed \(duration.seconds) later; the other two are the same")
        guard !sink.messages.dropFirst(number).contains(where: { $0.delivery.type == "drift.found" }) else {
            throw Failure("the death of an instance was told as drift")
        }
        screen.confirm("that is health, not drift: no message was sent")
    }

    /// Changes how the web server is called, and commits.
    func release(_ old: String, _ new: String, _ title: String) async throws {
        try await shell.run("sed -i s/\(old)/\(new)/ shop/run/web.yaml")
        try await shell.run("git -C shop commit --quiet --all --message '\(title)'")
    }

    /// Three instances are listed, all of one release.
    @discardableResult
    func checkInstances(release: String) async throws -> Set<WebInstance> {
        let found = Set(try await catalog.instances())
        guard found.count == 3, found.allSatisfy({ $0.release == release }) else {
            throw Failure(
                "three instances of release \(release) should be listed, and these are: "
                    + found.map { "\($0.name) of release \($0.release)" }.sorted().joined(separator: ", "))
        }
        return found
    }
}
