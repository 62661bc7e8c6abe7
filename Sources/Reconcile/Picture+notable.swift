package import Model

extension Picture {
    /// Whatever there may be something to say about: a change, a reason to do nothing, an unsettled health, a warning.
    /// Found without looking at the rest; a few may be ready by now.
    package var notable: Set<ResourceID> {
        var ids = changes
        for source in sources.values { ids.formUnion(source.failed) }
        ids.formUnion(held)
        ids.formUnion(progressing)
        ids.formUnion(warned)
        return ids
    }
}
