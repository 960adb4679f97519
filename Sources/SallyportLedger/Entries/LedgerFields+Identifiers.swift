package import SallyportCore

extension LedgerFields {
  package mutating func attempt(_ attempt: AttemptID?) {
    text("job", attempt?.job.rawValue)
    number("epoch", attempt?.epoch)
  }

  /// - Parameter peer: As its verified certificate names it.
  package mutating func peer(_ peer: SPIFFEID?) { identity("peer", peer?.uri) }
}
