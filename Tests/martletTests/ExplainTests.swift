import Fixtures
import Foundation
import Testing

@Suite struct ExplainTests {
    @Test func `the kinds are listed, and the configuration beside them`() async throws {
        let ran = try await Session().run("explain")
        #expect(
            ran.output == """
                Infrastructure   One resource of a provider
                SecretReference  Where a secret lives and how old it may be
                Service          A name that others discover
                Job              What runs, how many of it, and how it is rolled over
                Configuration    The controller's own configuration

                hint: 'martlet explain Infrastructure.spec' goes on from there

                """)
    }

    @Test func `a field of the configuration is explained like one of a manifest`() async throws {
        let ran = try await Session().run("explain", "configuration.repositories.knownHosts")
        #expect(
            ran.output == """
                Configuration.repositories.knownHosts  a string

                OpenSSH's known_hosts file. Left out: `~/.ssh/known_hosts`.

                """)
        let update = try await Session().run("explain", "Job.spec.update")
        #expect(update.output.hasPrefix("Job.spec.update  "))
    }

    @Test(arguments: [
        (["explain", "Jbo"], "error: nothing to explain under 'Jbo'\n  hint: did you mean 'Job'?\n"),
        (
            ["explain", "Job.spec.updat"],
            "error: unknown field 'updat' in Job.spec\n  hint: did you mean 'update'?\n"
        ),
        (["schema", "jbo"], "error: there is no schema of 'jbo'\n  hint: did you mean 'Job'?\n"),
        (
            ["schema", "cluster"],
            "error: there is no schema of 'cluster'\n  hint: there are: Infrastructure, SecretReference, Service, Job, configuration\n"
        ),
    ])
    func `what is not there is answered with what may be meant`(arguments: [String], message: String)
        async throws
    {
        let session = try Session()
        let ran = try await session.run(session.command(arguments))
        #expect(ran.errors == message)
        #expect(ran.output == "" && ran.code == 1)
    }

    @Test(arguments: [
        ([], ["Infrastructure", "Job", "SecretReference", "Service", "expression"]),
        (["job"], ["Job", "expression"]),
    ])
    func `schemas are JSON of the newest draft`(subject: [String], definitions: [String]) async throws {
        let session = try Session()
        let ran = try await session.run(session.command(["schema"] + subject))
        let whole = try #require(
            try JSONSerialization.jsonObject(with: Data(ran.output.utf8)) as? [String: Any])
        #expect(whole["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
        #expect((whole["$defs"] as? [String: Any])?.keys.sorted() == definitions)
    }

    @Test func `the configuration's schema is a golden file`() async throws {
        try expectGolden(
            try await Session().run("schema", "configuration").output, "configuration.schema.json")
    }
}
