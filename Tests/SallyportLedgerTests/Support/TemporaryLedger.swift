import FoundationEssentials
import Testing

@testable import SallyportLedger

/// A folder for one test's ledger, removed with the value.
final class TemporaryLedger: Sendable {
  let parent: String
  var path: String { parent + "/ledger" }

  init() throws {
    parent = FileManager.default.temporaryDirectory.path + "/ledger-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: parent) }

  var reader: LedgerReader { LedgerReader(directory: path) }

  func settings(fileBytes: Int64 = 64 << 20, files: Int = 16) -> LedgerSettings {
    var settings = LedgerSettings(directory: path, program: "test")
    settings.commit = "0000"
    settings.limits.maximumFileBytes = fileBytes
    settings.limits.maximumFiles = files
    return settings
  }

  /// Names of the files of records, oldest first.
  func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".jsonl") }
      .sorted()
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(path)/\(name)")))
  }

  /// In place, so that mode and owner stay.
  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: "\(path)/\(name)")
  }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(path)/\(name)")
  }

  func copy() throws -> TemporaryLedger {
    let copy = try TemporaryLedger()
    try FileManager.default.copyItem(atPath: path, toPath: copy.path)
    return copy
  }

  /// Opens the ledger, appends so many entries, closes it.
  func fill(_ count: Int, fileBytes: Int64 = 64 << 20, files: Int = 16) throws {
    var (storage, _) = try LedgerStorage.open(settings(fileBytes: fileBytes, files: files))
    for number in 0..<count { _ = try storage.append([LedgerDraft(Sample.job(number))]) }
  }

  /// Every record there is.
  func records() throws -> [LedgerRecord] {
    var filter = LedgerFilter()
    filter.limit = LedgerFilter.maximumLimit
    let listing = try reader.list(filter)
    #expect(listing.unreadableLines == 0)
    return listing.records
  }
}
