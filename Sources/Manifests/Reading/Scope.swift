import Model

/// What an expression may name where it stands.
struct Scope {
    /// Kinds by the name that references write.
    var kinds: [String: Library.Entry] = [:]
    /// The project of the resource that is being read.
    var project = ""
    var variables: [String: Value] = [:]
    /// The key and value of this turn of `forEach`.
    var each: (key: String, value: Value)?
    /// Names of ports; nil where there can be none.
    var ports: [String]?
    /// Whether `${…}` means anything here.
    var hasExpressions = false
    /// Whether it may name another resource's output: only under `spec`.
    var takesReferences = false
}
