import ChildProcess
import Fixtures
import Foundation
import Testing

@Suite struct ValidateTests {
    private static let web = """
        apiVersion: martlet/v1
        kind: Infrastructure
        metadata: {name: web, project: shop}
        spec: {type: file, config: {path: "${var.root}/web", content: "${secret.bd.value}", owner: "web:web"}}
        """
    private static let secret = """
        apiVersion: martlet/v1
        kind: SecretReference
        metadata: {name: db}
        spec: {path: shop/db, keeys: [value]}
        """

    private func session() throws -> Session {
        let session = try Session()
        try session.folder.write(Self.web, to: "shop/provision/web.yaml")
        try session.folder.write(Self.secret, to: "shop/secure/db.yaml")
        return session
    }

    @Test func `every problem is said at once, by place, and counted`() async throws {
        let ran = try await session().run("validate", "shop", "--variable", "root=/srv")
        #expect(
            ran.output == """
                provision/web.yaml:4:64: error: reference to 'secret.bd', which no manifest declares
                  hint: did you mean 'secret.db' (secure/db.yaml:3)?
                secure/db.yaml:4:23: error: unknown key 'keeys' in SecretReference.spec
                  hint: did you mean 'keys'?

                2 problems in 2 of 2 files

                """)
        #expect(ran.errors == "" && ran.code == 1)
    }

    @Test func `without a configuration nothing is said of what it would grant`() async throws {
        let session = try session()
        try session.folder.write(
            Self.web.replacing("secret.bd", with: "secret.db"), to: "shop/provision/web.yaml")
        try session.folder.write(Self.secret.replacing("keeys", with: "keys"), to: "shop/secure/db.yaml")
        let ran = try await session.run("validate", "shop", "--variable", "root=/srv")
        #expect(ran.output == "2 resources in 2 files, no problem\n")
        #expect(ran.errors == "" && ran.code == 0)
    }

    @Test func `where a configuration has no source, its engines are known and nothing else is limited`()
        async throws
    {
        let session = try session()
        try session.folder.write("engines: {disk: {type: host}}", to: "martlet.yaml")
        try session.folder.write(
            Self.web.replacing("secret.bd", with: "secret.db").replacing(
                "type: file", with: "provider: dsik, type: file"),
            to: "shop/provision/web.yaml")
        try session.folder.write(Self.secret.replacing("keeys", with: "keys"), to: "shop/secure/db.yaml")
        let ran = try await session.run(
            "validate", "shop", "--variable", "root=/srv", "--config", "martlet.yaml")
        #expect(ran.output.contains("no engine 'dsik' for layer provision\n  hint: did you mean 'disk'?\n"))
        #expect(ran.output.hasSuffix("\n1 problem in 1 of 2 files\n"), "\(ran)")
    }

    @Test func `with a configuration the source that reads the folder is held to its grants`() async throws {
        let session = try session()
        try session.folder.write(
            Self.web.replacing("secret.bd", with: "secret.db"), to: "shop/provision/web.yaml")
        try session.folder.write(Self.secret.replacing("keeys", with: "keys"), to: "shop/secure/db.yaml")
        try session.folder.write(
            """
            repositories: {here: {url: .}, there: {url: /elsewhere}}
            sources:
              other: {repository: there, project: other}
              prod:
                repository: here
                path: shop
                project: store
                variables: {root: /srv}
                allow: {roots: [/srv], projects: [shop]}
            """, to: "martlet.yaml")
        let ran = try await session.run("validate", "shop", "--config", "martlet.yaml")
        #expect(
            ran.output == """
                provision/web.yaml:4:64: error: reference to 'project('shop').secret.db', which no manifest declares
                provision/web.yaml:4:92: error: the source may not give files to 'web'
                  hint: the controller's configuration lists a source's owners; groups as ':group'
                secure/db.yaml:4:14: error: secret path 'shop/db' is not granted to this source
                  hint: name 'shop/db', or a pattern of it, under the source's secrets in the controller's configuration, for a local folder with --secrets

                3 problems in 2 of 2 files

                """)
        let other = try await session.run("validate", "shop", "--config", "martlet.yaml", "--source", "pord")
        #expect(other.errors == "error: no source 'pord' is configured\n  hint: did you mean 'prod'?\n")
        #expect(other.code == 1)
    }

    @Test func `JSON is the report, with the time that it took`() async throws {
        struct Answer: Decodable {
            struct Problem: Decodable { var message: String }
            struct Timings: Decodable { var load: Double }
            var (schema, files, resources) = ("", 0, 0)
            var problems: [Problem]
            var timings: Timings
            enum CodingKeys: CodingKey { case schema, files, resources, problems, timings }
        }
        let ran = try await session().run("validate", "shop", "--variable", "root=/srv", "--format", "json")
        let answer = try JSONDecoder().decode(Answer.self, from: Data(ran.output.utf8))
        #expect(answer.schema == "martlet/validation/v1" && answer.files == 2 && answer.timings.load > 0)
        #expect(
            answer.problems.map(\.message) == [
                "reference to 'secret.bd', which no manifest declares",
                "unknown key 'keeys' in SecretReference.spec",
            ])
    }

    @Test func `a revision of a repository is read without a work tree`() async throws {
        let session = try session()
        let script = """
            cd "$HOME" && git init -q -b main r && cp -r shop r/ && cd r && git add . &&
            git -c user.name=a -c user.email=a@b.c commit -qm one && git rm -rq shop
            """
        var command = session.command([])
        (command.executable, command.arguments) = ("/bin/sh", ["-c", script])
        #expect(try await session.run(command).code == 0)
        let ran = try await session.run(
            "validate", "--repository", "r", "--path", "shop", "--variable", "root=/srv")
        #expect(ran.output.hasSuffix("\n2 problems in 2 of 2 files\n"))
        let missing = try await session.run("validate", "--repository", "r", "--revision", "nope")
        #expect(missing.code == 1 && missing.errors.hasPrefix("error: "))
    }

    @Test(arguments: [
        (["nowhere"], "error: folder 'nowhere' does not exist\n"),
        (
            ["shop/secure/db.yaml"],
            "error: 'shop/secure/db.yaml' is no folder\n  hint: manifests refer to each other, so name the folder that holds all of them\n"
        ),
        (
            [],
            "error: manifests are in one place: a folder, or a repository\n  hint: say 'martlet validate PATH', or 'martlet validate --repository PATH'\n"
        ),
        (
            ["shop", "--source", "prod"],
            "error: there is no configuration with a source 'prod'\n  hint: name its file with --config\n"
        ),
    ])
    func `what can't be read is an error`(arguments: [String], message: String) async throws {
        let session = try session()
        let ran = try await session.run(session.command(["validate"] + arguments))
        #expect(ran.errors == message)
        #expect(ran.output == "" && ran.code == 1)
    }
}
