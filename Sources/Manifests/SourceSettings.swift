package import Model

/// What the loader knows of a source beside its files. Part of what a file becomes: parse again when it changes.
package struct SourceSettings: Sendable {
    /// As the controller's configuration names it.
    package var name: String
    /// The project of manifests that name none.
    package var project: String
    /// What `${var.…}` gives.
    package var variables: [String: Value] = [:]
    package var grants: Grants
    /// The engine of each layer where a manifest names none; else the layer's first embedded one.
    package var defaults: [Layer: String] = [:]
    /// All configured engines; nil where no configuration is known, and then any engine's name is taken.
    package var engines: [EngineDescription]?
    /// What is known of engines where `engines` is nil.
    package var embedded: [EngineDescription] = []
    package var limits = ReadingLimits()
    /// No configuration is known, so what it would grant is not checked.
    package var isUnlimited = false

    package init(name: String, project: String, grants: Grants) {
        (self.name, self.project, self.grants) = (name, project, grants)
    }

    var knownEngines: [EngineDescription] { engines ?? embedded }

    /// Empty where the layer has none.
    func defaultEngine(of layer: Layer) -> String {
        defaults[layer] ?? knownEngines.first { $0.layer == layer && $0.isEmbedded }?.name ?? ""
    }
    /// Whether a missing id of this project is an error here; ids of other projects may be another source's.
    func declares(_ project: String) -> Bool {
        project == self.project || grants.projects.contains(project)
    }
}
