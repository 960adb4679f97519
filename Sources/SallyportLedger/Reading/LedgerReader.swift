/// Reads a ledger, also while a process writes to it, and also one that was copied elsewhere. Every
/// call blocks.
package struct LedgerReader: Sendable {
  private let directory: LedgerDirectory

  package init(directory: String) { self.directory = LedgerDirectory(directory) }

  /// Checks every line of every file, and that none is missing.
  ///
  /// - Parameter expected: A record that was noted earlier and must still be there as it was.
  /// - Throws: ``LedgerError`` where there is no ledger or a file cannot be read. Damage is no
  ///   error but a result.
  package func verify(
    expecting expected: LedgerAnchor? = nil
  ) throws(LedgerError) -> LedgerVerification {
    try LedgerScan(directory, expecting: expected).verification
  }

  /// The newest records that match. Does not verify: a damaged ledger can be listed as well.
  ///
  /// - Throws: ``LedgerError`` where there is no ledger or a file cannot be read.
  package func list(_ filter: LedgerFilter) throws(LedgerError) -> LedgerListing {
    var listing = LedgerListing()
    let limit = min(max(filter.limit, 1), LedgerFilter.maximumLimit)
    for name in try directory.files().reversed() where listing.records.count < limit {
      guard let file = try directory.openForReading(name) else { continue }
      let older = try newest(limit - listing.records.count, of: file, filter: filter)
      listing.records = older.records + listing.records
      listing.unreadableLines += older.unreadableLines
    }
    return listing
  }

  private func newest(
    _ limit: Int, of file: LedgerFile, filter: LedgerFilter
  ) throws(LedgerError) -> LedgerListing {
    var reader = LedgerLineReader(file)
    var listing = LedgerListing()
    while true {
      switch try reader.next() {
      case .line(let line):
        guard let record = LedgerLine.decode(line) else {
          listing.unreadableLines += 1
          continue
        }
        guard filter.matches(record) else { continue }
        listing.records.append(record)
        // Now and then, so that no line costs a move of all the others.
        if listing.records.count >= 2 * limit {
          listing.records.removeFirst(listing.records.count - limit)
        }
      case .tooLong:
        listing.unreadableLines += 1
        return trimmed(listing, to: limit)
      // A line that is being written.
      case .unfinished, .end: return trimmed(listing, to: limit)
      }
    }
  }

  private func trimmed(_ listing: LedgerListing, to limit: Int) -> LedgerListing {
    var listing = listing
    listing.records.removeFirst(max(listing.records.count - limit, 0))
    return listing
  }
}
