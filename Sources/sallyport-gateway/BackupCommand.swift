import ArgumentParser
import SallyportConfig
import SallyportStoreSQLite

struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the database, as it is at one moment, while the gateway serves.",
    discussion: """
      The copy is checked, mode 0600, and on the disk when the command ends; an existing file is not \
      written over. It holds jobs, logs and who may do what, and none of the keys: keep a copy of the \
      master key and of the folder of tenants' keys, without which it cannot be read. To restore it, stop the gateway, remove the database with its -wal \
      and -shm files, and put the copy in its place.
      """)

  @OptionGroup var config: ConfigOptions
  @Option(help: "File to write.", completion: .file()) var out: String

  func run() async throws {
    let values = try config.load(GatewaySettings.schema)
    let size = try StoreBackup.write(from: values[GatewaySettings.database], to: out)
    print("\(out): \(size) bytes")
  }
}
