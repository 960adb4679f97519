package import SallyportConfig
package import SallyportLedger

/// The settings of the ledger that a worker or VCS agent keeps.
package enum LedgerConfiguration {
  package static let directory = Setting<String?>.optional(
    "ledger.directory", .path,
    "Folder of the ledger, the record of everything that crossed; its parent must exist. Without "
      + "it, 'ledger' in the state directory.")
  package static let maximumFileSize = Setting(
    "ledger.maximum-file-size", .byteSize(in: (64 << 10)...(1 << 30)), default: 16 << 20,
    "After this much a new file of the ledger is begun.")
  package static let maximumFiles = Setting(
    "ledger.maximum-files", .integer(in: 2...1_000), default: 16,
    "Files of the ledger that are kept; of more, the oldest is removed. All of them are verified "
      + "at every start.")

  package static let settings: [any SettingDeclaration] = [
    directory, maximumFileSize, maximumFiles,
  ]

  package static func settings(
    _ values: ConfigValues, program: String, stateDirectory: String
  ) -> LedgerSettings {
    var settings = LedgerSettings(
      directory: values[directory] ?? "\(stateDirectory)/ledger", program: program)
    settings.limits.maximumFileBytes = Int64(values[maximumFileSize])
    settings.limits.maximumFiles = values[maximumFiles]
    return settings
  }
}
