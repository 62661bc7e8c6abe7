import Fixtures
import Model
import Reconcile
import Store
import Synchronization
import Testing

/// What is replaced together with what is in it. Another `name` makes a database anew; another `size` does not.
@Suite struct ReplacementTests {
    private func database(
        _ name: String, _ zone: Expression = .literal(.string("eu")), size: Expression = .literal(.int(1)),
        dependsOn: Set<ResourceID> = []
    ) -> Manifest {
        manifest(
            id(name), "cloud", ["type": .literal(.string("database")), "name": zone, "size": size],
            dependsOn: dependsOn)
    }
    private func id(_ name: String) -> ResourceID { ResourceID("infrastructure", "shop", name) }
    private func of(_ name: String, _ output: String = "id") -> Expression {
        .reference(Reference(id(name), FieldPath(output)))
    }
    private let us = Expression.literal(.string("us"))

    @Test func `two that change sides follow each other`() async throws {
        let site = try Site()
        site.commit([database("b"), database("a", of("b"))])
        try await site.run()
        site.commit([database("a", us), database("b", of("a"))])
        let steps = try await site.steps { try await site.run() }
        #expect(steps == ["delete a", "create a", "delete b", "create b"])
        #expect(site.commitState() == .converged)
    }

    @Test func `what is taken out from between two is not waited for by the lower one`() async throws {
        let site = try Site()
        site.commit([database("a"), database("b", of("a")), database("c", size: of("b"))])
        try await site.run()
        site.commit([database("a", us), database("c", size: of("a"))], removed: [id("b")])
        let steps = try await site.steps { try await site.run() }
        #expect(steps == ["delete a", "create a", "update c", "delete b"])
        #expect(site.commitState() == .converged)
    }

    @Test func `what can't be taken away holds what it is in`() async throws {
        let site = try Site()
        let rest = [database("b", of("a"))]
        site.commit([database("a")] + rest)
        try await site.run()
        site.record.refusing.withLock { $0[id("b")] = EngineError(.retry, "it is in use") }
        site.commit([database("a", us)] + rest)
        let steps = try await site.steps { try await site.run() }
        #expect(Set(steps) == ["delete b"])
        #expect(site.loop.picture.blockers(of: id("a")) == [.user(id("b"))])
        site.record.refusing.withLock { $0 = [:] }
        #expect(
            try await site.steps { try await site.settle() }
                == ["delete b", "delete a", "create a", "create b"])
        #expect(site.commitState() == .converged)
    }

    @Test func `what waits for something else first calls all that is in it, however deep`() async throws {
        let site = try Site()
        func all(_ zone: Expression, size: Int) -> [Manifest] {
            [
                database("d", size: .literal(.int(size))), database("a", zone, dependsOn: [id("d")]),
                database("b", of("a")), database("c", of("b")),
            ]
        }
        site.commit(all(.literal(.string("eu")), size: 1))
        try await site.run()
        site.commit(all(us, size: 2))
        let steps = try await site.steps { try await site.run() }
        #expect(
            steps == [
                "update d", "delete c", "delete b", "delete a", "create a", "create b", "create c",
            ])
    }

    @Test func `what could not be made again for another reason is not taken away to make room`() async throws
    {
        let site = try Site()
        let missing = Expression.reference(Reference(id("d"), FieldPath("nothing")))
        site.commit([database("a"), database("d"), database("b", of("a"))])
        try await site.run()
        site.commit([database("a", us), database("b", of("a"), size: missing)])
        let steps = try await site.steps { try await site.run() }
        #expect(steps == [])
        #expect(
            site.loop.picture.blockers(of: id("b"))
                == [.unknown(Reference(id("d"), FieldPath("nothing")))])
    }

    @Test func `a chain of any length is taken down from its end, and made again from its beginning`()
        async throws
    {
        let count = 300
        let site = try Site()
        func all(_ zone: Expression) -> [Manifest] {
            (0..<count).map { database("n\($0)", $0 == 0 ? zone : of("n\($0 - 1)")) }
        }
        site.commit(all(.literal(.string("eu"))))
        try await site.run()
        site.commit(all(us))
        let steps = try await site.steps { try await site.run() }
        let order = (0..<count).map { "n\($0)" }
        #expect(steps == order.reversed().map { "delete \($0)" } + order.map { "create \($0)" })
    }

    /// Each refers to some of those before it in an order that is another each time, by what replaces it or by what
    /// does not; some come and some go.
    @Test(arguments: Seeded.seeds(40))
    func `whatever refers to whatever, all comes to rest, and nothing goes while what goes with it stands`(
        seed: UInt64
    ) async throws {
        var random = Seeded(seed)
        let site = try Site()
        for round in 0..<6 {
            let names = (0..<7).map { "n\($0)" }.filter { _ in Int.random(in: 0..<5, using: &random) > 0 }
                .shuffled(using: &random)
            var manifests: [Manifest] = []
            for (index, name) in names.enumerated() {
                let zones = ["eu", "us", "ap"]
                let zone = Expression.literal(.string(zones[Int.random(in: 0..<3, using: &random)]))
                func other() -> String? {
                    index == 0 || Bool.random(using: &random)
                        ? nil : names[Int.random(in: 0..<index, using: &random)]
                }
                manifests.append(
                    database(
                        name, other().map { of($0) } ?? zone,
                        size: other().map { of($0, "endpoint") } ?? .literal(.int(1)),
                        dependsOn: Set(other().map { [id($0)] } ?? [])))
            }
            let gone = Set(site.manifests.keys).subtracting(manifests.map(\.id))
            let failing = round % 2 == 1 ? names.randomElement(using: &random) : nil
            if let failing {
                site.record.refusing.withLock { $0[id(failing)] = EngineError(.retry, "not now") }
            }
            var standing = try site.records.mapValues(\.dependencies)
            site.commit(manifests, removed: gone)
            let steps = try await site.applied {
                try await site.run()
                site.record.refusing.withLock { $0 = [:] }
                try await site.settle()
            }
            let picture = site.loop.picture
            let blockers = picture.plan.entries.map { "\($0.id.name): \(picture.blockers(of: $0.id))" }
            try #require(site.commitState() == .converged, "round \(round): \(blockers)")
            #expect(site.problems == [:])
            #expect(site.snapshot.cloud.objects.count == names.count)
            #expect(try await site.steps() == [])
            guard failing == nil else { continue }
            for (index, step) in steps.enumerated() {
                standing[step.id] = step.verb == .delete ? nil : step.manifest?.dependencies
                guard step.verb == .delete else { continue }
                for (user, used) in standing where used.contains(step.id) {
                    let goesLater = steps[index...].contains { $0.verb == .delete && $0.id == user }
                    #expect(!goesLater || gone.contains(user), "round \(round): \(step.id) before \(user)")
                }
            }
        }
    }
}
