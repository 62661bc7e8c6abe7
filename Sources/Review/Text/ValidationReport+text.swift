import Model

extension ValidationReport {
    package func text(_ style: Style) -> String {
        var page = Page(style)
        guard !problems.isEmpty else {
            page.add(
                Line(Piece("\(counted(resources, "resource")) in \(counted(files, "file")), no problem")))
            return page.text
        }
        page.add(problems)
        page.blank()
        let broken = Set(problems.compactMap(\.location?.file)).count
        page.wrap(
            Line(Piece("\(counted(problems.count, "problem")) in \(broken) of \(counted(files, "file"))")),
            hanging: 0)
        return page.text
    }
}
