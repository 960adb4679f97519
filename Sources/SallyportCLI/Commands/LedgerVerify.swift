import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportLedger

struct LedgerVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check that no record of a ledger was changed or is missing.",
    discussion: """
      Prints how many records there are, the number of the first, and number and hash of the last \
      as SEQ:HASH: note that elsewhere, and check later with --expect that all up to it is still \
      there. Ends with 65 where the ledger is damaged, and says which file and line, and why. Only \
      reads, and may run while the ledger is written.
      """)

  @Argument(help: "Folder of the ledger.", completion: .directory)
  var folder: String

  @Option(
    help: ArgumentHelp("A record as it was noted earlier.", valueName: "seq:hash"))
  var expect: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let expect, LedgerAnchor(expect) == nil {
      throw ValidationError("--expect must be SEQ:HASH, as 'ledger verify' prints it.")
    }
  }

  func run() async throws {
    let found = try LedgerReader(directory: folder)
      .verify(expecting: expect.flatMap(LedgerAnchor.init))
    if let damage = found.damage {
      throw ErrorReport(
        "\(folder): \(damage)", exitCode: SallyportCore.ExitCode.dataError)
    }
    try await global.show(LedgerVerificationView(found, folder: folder))
  }
}
