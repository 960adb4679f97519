package import Logging
package import SallyportLedger

extension Logger {
  /// Says which ledger is written, and where it goes on: an anchor that log servers keep.
  package func report(_ opened: LedgerOpened) {
    info(
      "ledger open",
      metadata: [
        "ledger": "\(opened.ledger)", "last": "\(opened.last.map { "\($0)" } ?? "none")",
      ])
    if opened.droppedBytes > 0 {
      notice(
        "an append that was not finished was cut off the ledger",
        metadata: ["bytes": "\(opened.droppedBytes)"])
    }
  }
}
