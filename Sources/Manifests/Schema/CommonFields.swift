package import Model

/// What every manifest holds beside its kind's `spec`.
package enum CommonFields {
    package static let apiVersion = "martlet/v1"

    /// The fields of a whole manifest of a kind.
    package static func fields(of kind: Kind) -> [Field] {
        [
            Field(
                "apiVersion", .choice([apiVersion]), required: true,
                "The version of this form. It tells that a YAML document is a manifest of Martlet.",
                example: "apiVersion: martlet/v1"),
            Field(
                "kind", .choice([kind.name]), required: true, "What the manifest asks for.",
                example: "kind: \(kind.name)"),
            metadata, dependsOn, reconcile, forEach,
            Field("spec", .object(kind.spec), required: true, kind.documentation),
        ]
    }

    static let metadata = Field(
        "metadata",
        .object([
            Field(
                "name", .name, required: true,
                "Names the resource among those of its kind and project.", example: "name: web"),
            Field(
                "project", .name,
                "The project that the resource belongs to: the source's own, unless given. A source may declare "
                    + "resources only in projects that the controller's configuration grants it.",
                example: "project: shop"),
            Field(
                "labels", .map(.string), "Short texts to select and group resources by.",
                example: "labels: {team: checkout}"),
            Field(
                "annotations", .map(.string),
                "Texts for people and tools. Changing one changes nothing else.",
                example: "annotations: {contact: \"#checkout\"}"),
        ]), required: true, "Who the resource is.", example: "metadata: {name: web, labels: {team: checkout}}"
    )

    static let dependsOn = Field(
        "dependsOn", .list(.resource(kinds: []), unique: true),
        "Resources that must be ready before this one is created or updated: `kind/name`, or `kind/project/name` for "
            + "another project. A reference needs no entry here; it waits only until its output is known.",
        example: "dependsOn: [job/migrate]")

    static let forEach = Field(
        "forEach", .oneOf([.map(.any), .list(.any)]),
        "Makes one resource for each entry: a map's key and value, or each item of a list of unique scalars, are "
            + "`${each.key}` and `${each.value}` inside. The key is part of the id, so the order means nothing.",
        example: "forEach: {eu: 3, us: 5}")

    static let reconcile = Field(
        "reconcile",
        .object([
            Field(
                "onDrift", .choice(ReconcileOptions.OnDrift.allCases.map(\.rawValue)),
                default: .string("correct"),
                "What happens when the world differs from what was applied: `correct` mends it, `warn` reports it and "
                    + "keeps what is there, `ignore` does not look.", example: "onDrift: warn"),
            Field(
                "ignore", .list(.jsonPointer, unique: true),
                "JSON pointers into the fields of the resource; no difference under them counts.",
                example: "ignore: [/config/tags]"),
            Field(
                "onRemove", .choice(ReconcileOptions.OnRemove.allCases.map(\.rawValue)),
                default: .string("delete"),
                "What happens when the manifest is removed: `delete` deletes the object too, `forget` leaves it.",
                example: "onRemove: forget"),
            Field(
                "adopt", .oneOf([.bool, .string]),
                "Takes over what exists already: `true` what stands in the resource's place, a text what the engine "
                    + "knows by that id. Needs the leave of the controller's configuration.",
                example: "adopt: true"),
            Field(
                "movedFrom", .resource(kinds: []),
                "The resource's id before it was renamed: the object is kept, under the new id. Needs the leave of "
                    + "the controller's configuration.", example: "movedFrom: job/shop/old-name"),
            Field(
                "suspend",
                .object([
                    Field(
                        "reason", .string, required: true, "Why; it is shown wherever the resource is.",
                        example: "reason: moving to the new cluster"),
                    Field(
                        "until", .date,
                        "When reconciling goes on; a day begins at midnight UTC. Left out: when this is removed.",
                        example: "until: 2027-01-31"),
                ]), "Does nothing about the resource for a while.",
                example: "suspend: {reason: moving to the new cluster, until: 2027-01-31}"),
        ]), "How the resource is kept as its manifest says.", example: "reconcile: {onDrift: warn}")
}
