package import Model

/// What became of the objects of a Terraform state: `martlet state import-terraform`.
package struct StateImportReport: Report {
    package static let schema = "martlet/import/v1"

    package var file: String
    /// Nothing was written.
    package var isDryRun: Bool
    package var taken: [Taken]
    package var left: [Left]
    /// How many data sources the state has.
    package var dataSources: Int

    package struct Taken: Codable, Sendable, Equatable {
        /// As Terraform names it.
        package var address: String
        package var id: ResourceID
        package var type: String
        package var isTainted: Bool
        /// Replaced objects that are still to be deleted.
        package var deposed: Int
        package init(_ address: String, _ id: ResourceID, type: String, isTainted: Bool, deposed: Int) {
            (self.address, self.id, self.type) = (address, id, type)
            (self.isTainted, self.deposed) = (isTainted, deposed)
        }
    }
    package struct Left: Codable, Sendable, Equatable {
        package var address: String
        package var reason: String
        package var hint: String?
        package init(_ address: String, reason: String, hint: String?) {
            (self.address, self.reason, self.hint) = (address, reason, hint)
        }
    }

    package init(file: String, isDryRun: Bool, taken: [Taken], left: [Left], dataSources: Int) {
        (self.file, self.isDryRun, self.taken, self.left) = (file, isDryRun, taken, left)
        self.dataSources = dataSources
    }
    package var exitCode: ExitCode { .done }
}
