import Model
import ProviderPlugin
import Testing

@testable import Provision

/// What is made of a provider's own words, and what of ours.
@Suite struct TerraformWordsTests {
    @Test(
        arguments: [
            ("Cannot import non-existent remote object", true),
            ("reading S3 Bucket (b): couldn't find resource", true),
            ("operation error SQS: NotFound: the queue does not exist", true),
            ("dial tcp: lookup sqs.eu.amazonaws.com: no such host", false),
            ("failed to refresh cached credentials, no EC2 IMDS role found: not found", false),
            ("open /etc/ca.pem: no such file or directory", false),
            ("connection to 127.0.0.1 refused: endpoint not found", false), ("access denied", false),
            ("object does not exist or not authorized", false),
            ("reading EC2 VPC Endpoint (vpce-1): couldn't find resource", true),
            ("ACM Certificate arn:aws:acm:1 not found", true),
        ])
    func `that an object is not there is not taken from what says that the way to it fails`(
        words: String, isAbsent: Bool
    ) {
        #expect(PluginDiagnostic(.error, words).saysAbsent == isAbsent)
        #expect(PluginDiagnostic(.error, "Import failed", detail: words).saysAbsent == isAbsent)
    }

    @Test func `a value with a secret in it is not repeated where it does not fit`() {
        let settings = TerraformEngine.Settings(
            .map(["port": .string("p-hunter2"), "retries": .string("many")]), secrets: ["hunter2"])
        func words(_ field: FieldPath.Component) -> String {
            let value = settings.value[FieldPath([field])]?.string ?? ""
            return settings.words(
                for: FieldProblem(
                    FieldPath([.key("config"), field]), "'\(value)' is no number", hint: "write 1"))
        }
        #expect(
            words(.key("port"))
                == "config.port: the value with a secret in it does not fit the provider's schema")
        #expect(words(.key("retries")) == "config.retries: 'many' is no number (write 1)")
    }
}
