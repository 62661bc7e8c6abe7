/// One object of the life that `AWSLifeTests` leads.
struct AWSObject: Sendable {
    /// Its manifest's, by which the others refer to it.
    var name: String
    var type: String
    /// As YAML.
    var config: String
    /// What is then changed in place; nil where all that it has makes another object.
    var changed: String?
    /// What makes another object of it, and is there for those without objects that hang on it.
    var replaced: String?
    /// Somebody changes or removes it: boto3's operation, and its arguments as JSON, in which `<vpc.id>` is an output.
    var drift: (call: String, arguments: String)
    /// By which it is imported, with outputs as above; nil where AWS does not tell again what it was made with.
    var importID: String?
    /// The output by which it is known again.
    var lasting = "id"
    /// It is gone through the drift, and made anew.
    var isGone = false

    init(
        _ name: String, _ type: String, _ config: String, changed: String? = nil, replaced: String? = nil,
        drift: (String, String), isGone: Bool = false, importID: String?, lasting: String = "id"
    ) {
        (self.name, self.type, self.config, self.changed) = (name, type, config, changed)
        (self.replaced, self.drift, self.isGone, self.importID) = (replaced, drift, isGone, importID)
        self.lasting = lasting
    }

    func manifest(_ config: String, adopting id: String? = nil) -> String {
        """
        apiVersion: martlet/v1
        kind: Infrastructure
        metadata: {name: \(name)}
        \(id.map { "reconcile: {adopt: \"\($0)\"}" } ?? "")
        spec: {provider: aws, type: \(type), config: \(config)}
        ---

        """
    }

    private static func trust(_ service: String) -> String {
        "{Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: \(service)}, Action: 'sts:AssumeRole'}]}"
    }
    private static func policy(_ action: String) -> String {
        "{Version: '2012-10-17', Statement: [{Effect: Allow, Action: '\(action)', Resource: '*'}]}"
    }
    private static func bucketPolicy(_ action: String) -> String {
        """
        {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: '\(action)', \
        Resource: "${infrastructure.bucket.arn}/*"}]}
        """
    }
    private static let otherPolicy =
        #"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"#
    private static let otherBucketPolicy =
        #"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"#
    private static let publicKey =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0vYJ5hF4kKGcJq3CqWb9hVbF1ZkM5a6eY8dZx0tT8p shop"

    static let all = storage + messages + identities + network + machines + names

    private static let storage = [
        AWSObject(
            "bucket", "aws_s3_bucket", "{bucket: shop-uploads, tags: {team: core}}",
            changed: "{bucket: shop-uploads, tags: {team: web}}",
            drift: (
                "s3.put_bucket_tagging",
                #"{"Bucket": "shop-uploads", "Tagging": {"TagSet": [{"Key": "team", "Value": "other"}]}}"#
            ), importID: "shop-uploads"),
        AWSObject(
            "bucket-policy", "aws_s3_bucket_policy",
            "{bucket: \"${infrastructure.bucket.id}\", policy: \(bucketPolicy("s3:GetObject"))}",
            changed: "{bucket: \"${infrastructure.bucket.id}\", policy: \(bucketPolicy("s3:PutObject"))}",
            drift: (
                "s3.put_bucket_policy", #"{"Bucket": "shop-uploads", "Policy": "\#(otherBucketPolicy)"}"#
            ),
            importID: "shop-uploads"),
        AWSObject(
            "table", "aws_dynamodb_table",
            "{name: shop-orders, read_capacity: 1, write_capacity: 1, hash_key: id, attribute: [{name: id, type: S}]}",
            changed:
                "{name: shop-orders, read_capacity: 2, write_capacity: 1, hash_key: id, attribute: [{name: id, type: S}]}",
            replaced:
                "{name: shop-orders, read_capacity: 2, write_capacity: 1, hash_key: key, attribute: [{name: key, type: N}]}",
            drift: (
                "dynamodb.update_table",
                #"{"TableName": "shop-orders", "ProvisionedThroughput": {"ReadCapacityUnits": 7, "WriteCapacityUnits": 1}}"#
            ), importID: "shop-orders"),
        AWSObject(
            "parameter", "aws_ssm_parameter", "{name: /shop/level, type: String, value: one}",
            changed: "{name: /shop/level, type: String, value: two}",
            replaced: "{name: /shop/other-level, type: String, value: two}",
            drift: ("ssm.put_parameter", #"{"Name": "/shop/level", "Value": "other", "Overwrite": true}"#),
            importID: "/shop/level"),
        AWSObject(
            "secret", "aws_secretsmanager_secret",
            "{name: shop-db, description: one, recovery_window_in_days: 0}",
            changed: "{name: shop-db, description: two, recovery_window_in_days: 0}",
            replaced: "{name: shop-db-2, description: two, recovery_window_in_days: 0}",
            drift: ("secretsmanager.update_secret", #"{"SecretId": "shop-db", "Description": "other"}"#),
            importID: "<secret.arn>"),
        AWSObject(
            "logs", "aws_cloudwatch_log_group", "{name: /shop/web, retention_in_days: 7}",
            changed: "{name: /shop/web, retention_in_days: 14}",
            replaced: "{name: /shop/other, retention_in_days: 14}",
            drift: ("logs.put_retention_policy", #"{"logGroupName": "/shop/web", "retentionInDays": 30}"#),
            importID: "/shop/web"),
    ]

    private static let messages = [
        AWSObject(
            "queue", "aws_sqs_queue", "{name: shop-orders, delay_seconds: 5}",
            changed: "{name: shop-orders, delay_seconds: 6}",
            drift: (
                "sqs.set_queue_attributes",
                #"{"QueueUrl": "<queue.id>", "Attributes": {"DelaySeconds": "9"}}"#
            ),
            importID: "<queue.id>"),
        AWSObject(
            "topic", "aws_sns_topic", "{name: shop-orders, display_name: one}",
            changed: "{name: shop-orders, display_name: two}",
            drift: (
                "sns.set_topic_attributes",
                #"{"TopicArn": "<topic.arn>", "AttributeName": "DisplayName", "AttributeValue": "other"}"#
            ), importID: "<topic.arn>"),
        AWSObject(
            "subscription", "aws_sns_topic_subscription",
            """
            {topic_arn: "${infrastructure.topic.arn}", protocol: sqs, endpoint: "${infrastructure.queue.arn}", \
            raw_message_delivery: true}
            """,
            changed: """
                {topic_arn: "${infrastructure.topic.arn}", protocol: sqs, endpoint: "${infrastructure.queue.arn}"}
                """,
            drift: (
                "sns.set_subscription_attributes",
                #"{"SubscriptionArn": "<subscription.arn>", "AttributeName": "RawMessageDelivery", "AttributeValue": "false"}"#
            ), importID: "<subscription.arn>"),
    ]

    private static let identities = [
        AWSObject(
            "role", "aws_iam_role",
            "{name: shop-web, description: one, assume_role_policy: \(trust("ec2.amazonaws.com"))}",
            changed: "{name: shop-web, description: two, assume_role_policy: \(trust("ecs.amazonaws.com"))}",
            drift: ("iam.update_role", #"{"RoleName": "shop-web", "Description": "other"}"#),
            importID: "shop-web"),
        AWSObject(
            "policy", "aws_iam_policy", "{name: shop-read, policy: \(policy("s3:ListBucket"))}",
            changed: "{name: shop-read, policy: \(policy("s3:GetObject"))}",
            drift: (
                "iam.create_policy_version",
                #"{"PolicyArn": "<policy.arn>", "SetAsDefault": true, "PolicyDocument": "\#(otherPolicy)"}"#
            ), importID: "<policy.arn>"),
        AWSObject(
            "attachment", "aws_iam_role_policy_attachment",
            "{role: \"${infrastructure.role.name}\", policy_arn: \"${infrastructure.policy.arn}\"}",
            drift: ("iam.detach_role_policy", #"{"RoleName": "shop-web", "PolicyArn": "<policy.arn>"}"#),
            isGone: true, importID: "shop-web/<policy.arn>",
            // The provider gives it an id of its own, another one for each who asks.
            lasting: "policy_arn"),
    ]

    private static let network = [
        AWSObject(
            "vpc", "aws_vpc", "{cidr_block: 10.0.0.0/16, enable_dns_hostnames: true, tags: {Name: shop}}",
            changed: "{cidr_block: 10.0.0.0/16, enable_dns_hostnames: true, tags: {Name: other}}",
            drift: (
                "ec2.modify_vpc_attribute", #"{"VpcId": "<vpc.id>", "EnableDnsHostnames": {"Value": false}}"#
            ),
            importID: "<vpc.id>"),
        AWSObject(
            "subnet", "aws_subnet",
            "{vpc_id: \"${infrastructure.vpc.id}\", cidr_block: 10.0.1.0/24, map_public_ip_on_launch: true}",
            changed: "{vpc_id: \"${infrastructure.vpc.id}\", cidr_block: 10.0.1.0/24}",
            drift: (
                "ec2.modify_subnet_attribute",
                #"{"SubnetId": "<subnet.id>", "MapPublicIpOnLaunch": {"Value": false}}"#
            ), importID: "<subnet.id>"),
        AWSObject(
            "routes", "aws_route_table", "{vpc_id: \"${infrastructure.vpc.id}\", tags: {team: core}}",
            changed: "{vpc_id: \"${infrastructure.vpc.id}\", tags: {team: web}}",
            drift: (
                "ec2.create_tags",
                #"{"Resources": ["<routes.id>"], "Tags": [{"Key": "team", "Value": "other"}]}"#
            ), importID: "<routes.id>"),
        AWSObject(
            "firewall", "aws_security_group",
            "{name: shop-web, description: web, vpc_id: \"${infrastructure.vpc.id}\", tags: {team: core}}",
            changed:
                "{name: shop-web, description: web, vpc_id: \"${infrastructure.vpc.id}\", tags: {team: web}}",
            drift: (
                "ec2.create_tags",
                #"{"Resources": ["<firewall.id>"], "Tags": [{"Key": "team", "Value": "other"}]}"#
            ), importID: "<firewall.id>"),
        AWSObject(
            "rule", "aws_security_group_rule",
            """
            {security_group_id: "${infrastructure.firewall.id}", type: ingress, protocol: tcp, from_port: 443, \
            to_port: 443, cidr_blocks: [10.0.0.0/8], description: one}
            """,
            replaced: """
                {security_group_id: "${infrastructure.firewall.id}", type: ingress, protocol: tcp, from_port: 8443, \
                to_port: 8443, cidr_blocks: [10.0.0.0/8], description: one}
                """,
            drift: (
                "ec2.revoke_security_group_ingress",
                #"{"GroupId": "<firewall.id>", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]}"#
            ), isGone: true, importID: "<firewall.id>_ingress_tcp_443_443_10.0.0.0/8"),
    ]

    private static let machines = [
        AWSObject(
            "key", "aws_key_pair", "{key_name: shop, public_key: \(publicKey)}",
            drift: ("ec2.delete_key_pair", #"{"KeyName": "shop"}"#), isGone: true, importID: nil),
        AWSObject(
            "machine", "aws_instance",
            """
            {ami: ami-12c6146b, instance_type: t2.micro, subnet_id: "${infrastructure.subnet.id}", \
            key_name: "${infrastructure.key.key_name}", tags: {Name: web}}
            """,
            changed: """
                {ami: ami-12c6146b, instance_type: t2.micro, subnet_id: "${infrastructure.subnet.id}", \
                key_name: "${infrastructure.key.key_name}", tags: {Name: worker}}
                """,
            drift: (
                "ec2.create_tags",
                #"{"Resources": ["<machine.id>"], "Tags": [{"Key": "Name", "Value": "other"}]}"#
            ), importID: "<machine.id>"),
    ]

    private static let names = [
        AWSObject(
            "zone", "aws_route53_zone", "{name: shop.example, comment: one}",
            changed: "{name: shop.example, comment: two}",
            drift: ("route53.update_hosted_zone_comment", #"{"Id": "<zone.zone_id>", "Comment": "other"}"#),
            importID: "<zone.zone_id>"),
        AWSObject(
            "record", "aws_route53_record",
            "{zone_id: \"${infrastructure.zone.zone_id}\", name: www, type: A, ttl: 60, records: [10.0.0.1]}",
            changed:
                "{zone_id: \"${infrastructure.zone.zone_id}\", name: www, type: A, ttl: 90, records: [10.0.0.1]}",
            replaced:
                "{zone_id: \"${infrastructure.zone.zone_id}\", name: web, type: A, ttl: 90, records: [10.0.0.1]}",
            drift: (
                "route53.change_resource_record_sets",
                #"{"HostedZoneId": "<zone.zone_id>", "ChangeBatch": {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": {"Name": "www.shop.example", "Type": "A", "TTL": 30, "ResourceRecords": [{"Value": "10.0.0.1"}]}}]}}"#
            ), importID: "<zone.zone_id>_www_A"),
    ]
}
