import Manifests
import Model
import Provision
import Testing

@Suite struct InfrastructureTests {
    @Test func `what only a provider's objects have is no file's`() {
        var settings = SourceSettings(name: "shop", project: "shop", grants: Grants(projects: ["shop"]))
        settings.engines = [
            HostEngine.description(name: "host", HostEngine.Configuration(roots: ["/"]))
        ]
        let file = Loader(kinds: [Infrastructure.kind], settings: settings).parse(
            """
            apiVersion: martlet/v1
            kind: Infrastructure
            metadata: {name: a}
            spec:
              provider: host
              type: directory
              config: {path: /srv/a}
              lifecycle: {preventDestroy: true}
              timeouts: {create: 1m}
            """)
        let problems = file.diagnostics(in: "a.yaml").map(\.message)
        #expect(
            problems.suffix(2) == [
                "'lifecycle' is for objects of Terraform providers, and this engine has none",
                "'timeouts' is for objects of Terraform providers, and this engine has none",
            ])
    }
}
