import Model
import Review

/// Changes of Terraform's providers as they come in practice.
extension Example {
    static let providerPlans: [(name: String, report: any Report)] = [("plan-provider", provider)]

    private static func config(_ path: [FieldPath.Component]) -> FieldPath {
        FieldPath([.key("config")] + path)
    }
    /// As the picture makes them: maps by their leaves, and texts of JSON part by part.
    private static func fields(
        _ path: [FieldPath.Component], _ before: Value, _ after: Value, cause: Cause = .commit,
        replaces: Bool = false
    ) -> [FieldReport] {
        let change = Target(
            id("infrastructure/x"), desired: nil, recorded: nil, grants: Grants(projects: ["shop"])
        )
        .field(config(path), before, after, over: .absent, replaces: replaces)
        return FieldReport.fields(of: change, readsJSON: true).map { field in
            var field = field.caused(by: cause)
            field.path = String(field.path.dropFirst("config.".count))
            return field
        }
    }
    private static func resource(
        _ name: String, _ type: String, _ action: PlannedResource.Action, _ fields: [[FieldReport]],
        cause: Cause = .commit, names: [NamedValue] = []
    ) -> PlannedResource {
        var resource = PlannedResource(
            id("infrastructure/\(name)"), layer: .provision, engine: "aws", type: type, action, cause: cause,
            fields: fields.flatMap(\.self), place: place("infra/\(name).yaml", 1))
        resource.names = names
        return resource
    }

    static let provider = plan([
        resource(
            "uploads", "aws_s3_bucket", .create,
            [
                fields([.key("arn")], .null, .unknown),
                fields([.key("bucket")], .null, .string("shop-uploads-production")),
                fields([.key("force_destroy")], .null, .bool(false)),
                fields(
                    [.key("tags")], .null,
                    .map(["Environment": .string("production"), "kubernetes.io/cluster": .string("shop")])),
            ]),
        resource(
            "uploads-policy", "aws_s3_bucket_policy", .update,
            [
                fields(
                    [.key("policy")],
                    .string(
                        #"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::shop-uploads-production/*"}]}"#
                    ),
                    .string(
                        #"{"Statement":[{"Action":["s3:GetObject","s3:GetObjectVersion"],"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/web"},"Resource":"arn:aws:s3:::shop-uploads-production/*","Sid":"Read"},{"Action":"s3:*","Effect":"Deny","Principal":"*","Resource":"arn:aws:s3:::shop-uploads-production/*","Condition":{"Bool":{"aws:SecureTransport":false}}}],"Version":"2012-10-17"}"#
                    ))
            ], names: [NamedValue("bucket", plain("\"shop-uploads-production\""))]),
        resource(
            "image", "data aws_ami", .read,
            [
                fields([.key("owners")], .null, .list([.string("099720109477")])),
                fields(
                    [.key("filter"), .index(0)], .null,
                    .map(["name": .string("name"), "values": .list([.string("ubuntu-*-amd64-server-*")])])),
                fields([.key("id")], .null, .unknown),
            ]),
        resource(
            "web", "aws_instance", .replace,
            [
                fields(
                    [.key("ami")], .string("ami-0a1b2c3d4e5f60718"), .unknown, cause: .dependency,
                    replaces: true),
                fields([.key("id")], .string("i-0123456789abcdef0"), .unknown, cause: .engine),
                fields([.key("instance_type")], .string("t3.micro"), .string("t3.small")),
                fields([.key("root_block_device"), .index(0), .key("volume_size")], .int(8), .int(16)),
                fields(
                    [.key("root_block_device"), .index(0), .key("volume_id")], .string("vol-0aa"), .unknown,
                    cause: .engine),
                fields(
                    [.key("metadata_options"), .index(0), .key("http_tokens")], .string("optional"),
                    .string("required")),
                fields([.key("user_data_base64")], .hidden("a"), .hidden("b")),
            ]),
        resource(
            "db", "aws_db_instance", .update,
            [
                fields([.key("allocated_storage")], .int(20), .int(50)),
                fields(
                    [.key("password")], .secret(SecretHandle(id("secret/db"), "password", version: "3")),
                    .secret(SecretHandle(id("secret/db"), "password", version: "4")), cause: .dependency),
                fields([.key("performance_insights_retention_period")], .int(7), .int(31)),
                fields([.key("tags"), .key("team")], .string("web"), .null),
            ], names: [NamedValue("identifier", plain("\"shop\""))]),
        resource(
            "web-firewall", "aws_security_group", .update,
            [
                fields(
                    [.key("ingress"), .index(0)], .null,
                    .map([
                        "from_port": .int(443), "to_port": .int(443), "protocol": .string("tcp"),
                        "cidr_blocks": .list([.string("0.0.0.0/0")]), "description": .string("https"),
                    ])),
                fields(
                    [.key("ingress"), .index(1)],
                    .map([
                        "from_port": .int(80), "to_port": .int(80), "protocol": .string("tcp"),
                        "cidr_blocks": .list([.string("0.0.0.0/0"), .string("10.0.0.0/8")]),
                    ]), .null),
            ], cause: .commit, names: [NamedValue("name", plain("\"web\""))]),
        resource(
            "queue", "aws_sqs_queue", .update,
            [
                fields(
                    [.key("redrive_policy")],
                    .string(
                        #"{"deadLetterTargetArn":"arn:aws:sqs:eu-central-1:123456789012:dead","maxReceiveCount":4}"#
                    ),
                    .string(
                        "{\n  \"maxReceiveCount\": 4,\n  \"deadLetterTargetArn\": \"arn:aws:sqs:eu-central-1:123456789012:dead\"\n}\n"
                    )),
                fields([.key("visibility_timeout_seconds")], .int(30), .int(120), cause: .drift),
            ], names: [NamedValue("name", plain("\"orders\""))]),
        resource(
            "task", "aws_ecs_task_definition", .replace,
            [
                fields(
                    [.key("container_definitions")],
                    .string(
                        #"[{"name":"web","image":"registry.example/web:1.4","cpu":256,"environment":[{"name":"LOG","value":"info"}]}]"#
                    ),
                    .string(
                        #"[{"name":"web","image":"registry.example/web:1.5","cpu":256,"environment":[{"name":"LOG","value":"info"},{"name":"TRACE","value":"on"}]}]"#
                    ),
                    replaces: true),
                fields([.key("revision")], .int(41), .unknown, cause: .engine),
            ], names: [NamedValue("family", plain("\"web\""))]),
        resource(
            "deploy", "aws_lambda_function", .update,
            [
                fields(
                    [.key("environment"), .index(0), .key("variables"), .key("BUCKET")],
                    .string("old-uploads"), .unknown),
                fields(
                    [.key("environment"), .index(0), .key("variables"), .key("TOKEN")], .null, .hidden("t")),
                fields([.key("source_code_hash")], .string("3q2+7w=="), .string("yv66vg==")),
                fields([.key("timeout")], .int(3), .int(30)),
            ], names: [NamedValue("function_name", plain("\"deploy\""))]),
        resource(
            "role", "aws_iam_role", .create,
            [
                fields(
                    [.key("assume_role_policy")], .null,
                    .string(
                        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
                    )),
                fields([.key("name")], .null, .string("deploy")),
                fields([.key("unique_id")], .null, .unknown),
            ]),
        resource(
            "old-route", "aws_route_table", .delete, [], names: [NamedValue("id", plain("\"rtb-0f00\""))]),
        resource(
            "record", "aws_route53_record", .update,
            [
                fields(
                    [.key("records")], .list([.string("192.0.2.1")]),
                    .list([.string("192.0.2.1"), .string("192.0.2.2")])),
                fields([.key("ttl")], .int(300), .int(60), cause: .both),
            ], names: [NamedValue("name", plain("\"www.shop.example\""))]),
    ])
}

extension FieldReport {
    fileprivate func caused(by cause: Cause) -> FieldReport {
        var field = self
        field.cause = cause
        field.json = json?.map { $0.caused(by: cause) }
        return field
    }
}
